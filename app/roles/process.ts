import { setTimeout as delay } from 'node:timers/promises';
import { ALL_VIEWS, VIEW_NAMES, type ViewName } from '../../consumer/all-views';
import { assertNothingSetAside, registerSetAsideGauges } from '../../consumer/dead-letters/monitoring';
import { channelSettings } from '../../consumer/notices/settings';
import { unlessAborted } from '../../infra/deadline';
import { assertPoliciesAreLed } from '../../consumer/policies/leader';
import { createOpsApp, opsPages, registerCheckGauge, type Check } from '../../infra/http/ops';
import { listen, type RunningServer } from '../../infra/http/server';
import { checkTopics } from '../../infra/kafka/topics';
import { closeContext, type Context, type RunningRole } from './context';
import { startApi } from './api';
import { closeStarted, HostedRole } from './hosted-role';
import { patiently } from './patience';
import { startPolicies } from './policies';
import { registerPoolGauges } from './pools';
import { RoleMetrics } from './role-metrics';
import { ROLES, type Role } from './roles';
import { authSettings } from '../../schemas/access-settings';
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

/**
 * Starts the roles in this process. They share health and figures, and each has its own connections to the database.
 *
 * A start waits for a Kafka that is away, and serves health and figures meanwhile; not on the API's own port, which is opened when it
 * can write. A role that is alone in its process ends it when it cannot go on (`Context.fail`): a supervisor starts it again. Where
 * several share a process, a consumer that fails is started again inside of it, and the others go on.
 * @param ending aborted when the process is to end: then what has started is closed
 * @throws {Error} when a role of its own, or the API, cannot be started; the reason of `ending` when that is aborted before
 */
export async function startProcess(
  context: Context,
  roles: readonly Role[],
  ending: AbortSignal = new AbortController().signal,
): Promise<RunningProcess> {
  const host = new Host(context, roles);
  try {
    await host.start(ending);
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

class Host implements RunningProcess {
  private readonly closings: (() => Promise<void>)[] = [];
  private readonly hosted: HostedRole[] = [];
  /** The views that have been given partitions. */
  private readonly assigned = new Set<ViewName>();
  private readonly metrics: RoleMetrics | undefined;
  private hasCheckedTopics = false;
  private api: { readonly url: string } | undefined;
  private ops: RunningServer | undefined;
  private isClosing = false;

  constructor(
    private readonly context: Context,
    private readonly roles: readonly Role[],
  ) {
    if (roles.length > 1) this.metrics = new RoleMetrics(context.metrics);
  }

  get url(): string | undefined {
    return this.api?.url;
  }

  get opsUrl(): string | undefined {
    return this.ops?.url;
  }

  async start(ending: AbortSignal): Promise<void> {
    const { context, roles } = this;
    const { kafka, logger, topics, config } = context;
    ending.throwIfAborted();
    if (roles.includes('api')) authSettings(config);
    if (config.OPS_ONLY && config.OPS_PORT === undefined && roles.includes('api'))
      throw new Error('OPS_ONLY is set, and OPS_PORT is not: the figures would be nowhere. Set OPS_PORT.');
    if (roles.includes('notices')) channelSettings(config);
    const consumers = consumersAmong(roles);
    if (consumers.length > 0) registerSetAsideGauges(context.metrics, context.pool, consumers);
    const ofProcess = [this.hasStarted(), this.notClosing(), this.areAssigned(), ...this.rolesRun()];
    const checks = [...checksOf(context, roles), ...ofProcess];
    registerCheckGauge(context.metrics, checks);
    registerPoolGauges(context.metrics, context.pools);
    this.ops = await serveOps(context, roles, checks);
    const checking = () => checkTopics(kafka, logger, topicSpecs(topics), config.REPLICATION_FACTOR);
    await unlessAborted(ending, patiently(logger, ending)(checking));
    this.hasCheckedTopics = true;
    for (const role of roles) {
      ending.throwIfAborted();
      await unlessAborted(ending, this.startRole(role, checks, ending));
    }
    ending.throwIfAborted();
  }

  /**
   * Ends the process' work. An API goes on serving for SHUTDOWN_DELAY before, as not ready: load balancers send it nothing
   * more by then.
   */
  async close(): Promise<void> {
    this.isClosing = true;
    if (this.api) await delay(this.context.config.SHUTDOWN_DELAY);
    await Promise.all(this.closings.map((close) => close()));
    await this.ops?.close(1_000);
    await closeContext(this.context);
  }

  private async startRole(role: Role, checks: readonly Check[], ending: AbortSignal): Promise<void> {
    const { metrics } = this;
    const context = { ...this.context, logger: this.context.loggerOf(role) };
    const waits = patiently(context.logger, ending);
    const onAssigned = (view: ViewName) => void this.assigned.add(view);
    if (role === 'api') {
      const starting = startApi(
        context,
        opsPages({ checks, registry: context.metrics, isBrief: context.config.OPS_ONLY }),
        waits,
      );
      this.closings.push(() => closeStarted(starting));
      this.api = await starting;
    } else if (metrics) {
      const start = (fail: (error: Error) => void) => startConsumer(role, { ...context, fail, onAssigned });
      const hosted = new HostedRole({ name: role, start, metrics, logger: context.logger });
      this.hosted.push(hosted);
      this.closings.push(() => hosted.close());
      await hosted.start();
    } else {
      const starting = waits(() => startConsumer(role, { ...context, onAssigned }));
      this.closings.push(() => closeStarted(starting));
      await starting;
    }
  }

  /** Whoever asks on `OPS_PORT` before the API listens on its own port is told that it does not. */
  private hasStarted(): Check {
    const isStarting = () => !this.hasCheckedTopics || (this.roles.includes('api') && !this.api);
    const run = () =>
      isStarting() ? Promise.reject(new Error('this process is starting')) : Promise.resolve();
    return { name: 'start', required: true, onlyWarns: true, run };
  }

  private notClosing(): Check {
    const run = () =>
      this.isClosing ? Promise.reject(new Error('this process is about to end')) : Promise.resolve();
    return { name: 'shutdown', required: true, onlyWarns: true, run };
  }

  /** A consumer that has not joined its group does nothing yet. */
  private areAssigned(): Check {
    const waiting = () => consumersAmong(this.roles).filter((view) => !this.assigned.has(view));
    const run = () =>
      waiting().length === 0
        ? Promise.resolve()
        : Promise.reject(new Error(`no partitions yet: ${waiting().join(', ')}`));
    return { name: 'partitions', required: !this.roles.includes('api'), onlyWarns: true, run };
  }

  /** The API goes on without the consumers that it shares the process with. */
  private rolesRun(): Check[] {
    const problemOf = (role: Role) => this.hosted.find(({ name }) => name === role)?.problem;
    const check = (role: Role): Check => ({
      name: role,
      required: false,
      onlyWarns: true,
      run: () => {
        const problem = problemOf(role);
        return problem ? Promise.reject(problem) : Promise.resolve();
      },
    });
    return this.metrics ? this.roles.filter((role) => role !== 'api').map(check) : [];
  }
}

function startConsumer(role: Exclude<Role, 'api'>, context: Context): Promise<RunningRole> {
  const view = ALL_VIEWS.find(({ name }) => name === role);
  return view ? startView(context, view) : startPolicies(context);
}

/**
 * What this process needs. Writes need Kafka alone: an API without Postgres is degraded and goes on taking reservations,
 * whatever shares its process. Consumers without it are of no use.
 */
function checksOf({ log, pool, registry, topics }: Context, roles: readonly Role[]): Check[] {
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
    onlyWarns: roles.includes('api'),
    run: () => assertPoliciesAreLed(pool),
  };
  return [
    { name: 'kafka', required: true, run: async () => void (await log.identity()) },
    {
      name: 'postgres',
      required: !roles.includes('api'),
      run: async () => void (await pool.query('SELECT 1')),
    },
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
