import { closeContext, createContext, type Context } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { NOTICES_VIEW } from '../../consumer/notices/definition';
import { loadConfig } from '../../app/config';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import type { TestEnvironment } from '../environment';

/** Appends outcomes to their topic, as the relay does. */
export async function publisherOf(
  environment: TestEnvironment,
): Promise<(outcomes: readonly Outcome[]) => Promise<void>> {
  const registry = createRegistry(environment.config.SCHEMA_REGISTRY_URL);
  const encoder = await createEncoder({ registry, topic: environment.topics.outcomes, schemas: OUTCOMES });
  return async (outcomes) => {
    const appender = environment.log.createAppender();
    const records = outcomes.map((each) => encodeRecord(each, encoder, { source: '/test' }));
    const positions = await appender.append(environment.topics.outcomes, records);
    await appender.close();
    if (positions.includes(undefined)) throw new Error('an outcome was not acknowledged');
  };
}

/** An instance of the notices role, with its own connections as in a process of its own. */
export interface Instance {
  readonly context: Context;
  close(): Promise<void>;
}

export async function startInstance(
  environment: TestEnvironment,
  env: Readonly<Record<string, string>> = {},
): Promise<Instance> {
  const context = createContext(
    loadConfig({ ...environment.env, LOG_LEVEL: 'silent', ...env }),
    'test',
    (error) => {
      throw error;
    },
  );
  const role = await startView(context, NOTICES_VIEW);
  return {
    context,
    async close() {
      await role.close();
      await closeContext(context);
    },
  };
}
