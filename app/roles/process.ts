import { ALL_VIEWS, VIEW_NAMES, type ViewName } from '../../consumer/all-views';
import { assertNothingSetAside, registerSetAsideGauges } from '../../consumer/dead-letters/monitoring';
import { assertPoliciesAreLed } from '../../consumer/policies/leader';
import { createOpsApp, opsPages, type Check } from '../../infra/http/ops';
import { listen, type RunningServer } from '../../infra/http/server';
import { checkTopics } from '../../infra/kafka/topics';
import { closeContext, type Context, type RunningRole } from './context';
import { startApi } from './api';
import { startPolicies } from './policies';
import { ROLES, type Role } from './roles';
import { topicSpecs } from '../../schemas/topics';
import { startView } from './view-role';

/** Where consumers tell about themselves when `OPS_PORT` does not say: after the API's port, in the order of the roles. */
const FIRST_PORT = 3_000;

export interface RunningProcess {
  /** The API's URL, where this process has that role. */
  readonly url: string | undefined;
  /** Where health and figures are, where it is not the API. */
  readonly opsUrl: string | undefined;
  close(): Promise<void>;
}

/** Starts the roles in this process. They share connections, health and figures, and nothing else. */
export async function startProcess(context: Context, roles: readonly Role[]): Promise<RunningProcess> {
  const { kafka, logger, topics } = context;
  await checkTopics(kafka, logger, topicSpecs(topics), context.config.REPLICATION_FACTOR);
  const running: RunningRole[] = [];
  let url: string | undefined;
  let ops: RunningServer | undefined;
  try {
    const checks = checksOf(context, roles);
    const consumers = consumersAmong(roles);
    if (consumers.length > 0) registerSetAsideGauges(context.metrics, context.pool, consumers);
    ops = await serveOps(context, roles, checks);
    for (const role of roles) {
      if (role === 'api') {
        const api = await startApi(context, opsPages({ checks, registry: context.metrics }));
        url = api.url;
        running.push(api);
      } else {
        running.push(await startConsumer(role, context));
      }
    }
  } catch (error) {
    await closeAll(running, ops, context);
    throw error;
  }
  return { url, opsUrl: ops?.url, close: () => closeAll(running, ops, context) };
}

function startConsumer(role: Exclude<Role, 'api'>, context: Context): Promise<RunningRole> {
  const view = ALL_VIEWS.find(({ name }) => name === role);
  return view ? startView(context, view) : startPolicies(context);
}

async function closeAll(
  running: readonly RunningRole[],
  ops: RunningServer | undefined,
  context: Context,
): Promise<void> {
  await Promise.all(running.map((role) => role.close()));
  await ops?.close(1_000);
  await closeContext(context);
}

/**
 * What this process needs. Writes need Kafka alone: an API without Postgres is degraded and goes on taking reservations,
 * a consumer without it is of no use.
 */
function checksOf({ log, pool, registry, topics }: Context, roles: readonly Role[]): Check[] {
  const projects = roles.some((role) => role !== 'api');
  const consumers = consumersAmong(roles);
  const nothingSetAside: Check = {
    name: 'dead-letters',
    required: false,
    onlyWarns: true,
    run: () => assertNothingSetAside(pool, consumers),
  };
  const policiesAreLed: Check = {
    name: 'policies',
    required: false,
    run: () => assertPoliciesAreLed(pool),
  };
  return [
    { name: 'kafka', required: true, run: async () => void (await log.identity()) },
    { name: 'postgres', required: projects, run: async () => void (await pool.query('SELECT 1')) },
    { name: 'registry', required: false, run: () => registry.ping() },
    {
      name: 'topics',
      required: false,
      onlyWarns: true,
      run: () => log.assertCopies(Object.values(topics)),
    },
    ...(consumers.length > 0 ? [nothingSetAside] : []),
    ...(roles.includes('policies') ? [policiesAreLed] : []),
  ];
}

/** Those of the roles that keep a view. */
function consumersAmong(roles: readonly Role[]): ViewName[] {
  return VIEW_NAMES.filter((view) => roles.includes(view));
}

/** With the API in the process its port has the same pages, and another one is only opened when `OPS_PORT` asks for it. */
async function serveOps(
  context: Context,
  roles: readonly Role[],
  checks: readonly Check[],
): Promise<RunningServer | undefined> {
  const { config, logger, metrics } = context;
  const [first] = roles;
  if (config.OPS_PORT === undefined && (roles.includes('api') || !first)) return undefined;
  const app = createOpsApp({ checks, registry: metrics, logger });
  const host = config.HTTP_HOST;
  const port = config.OPS_PORT ?? FIRST_PORT + ROLES.indexOf(first!);
  try {
    return await listen(app, { host, port, variable: 'OPS_PORT' });
  } catch (error) {
    if (config.OPS_PORT !== undefined) throw error;
    // A second instance on one machine: it takes any port, and says which.
    const ops = await listen(app, { host, port: 0 });
    logger.warn(
      { url: ops.url },
      `port ${port} is taken: health and metrics are elsewhere; OPS_PORT sets the port`,
    );
    return ops;
  }
}
