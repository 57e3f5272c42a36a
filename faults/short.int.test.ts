import { join } from 'node:path';
import { projectRoot } from '../infra/local/run';
import { createTestEnvironment } from '../test/environment';
import { testServers, uniqueName } from '../test/servers';
import { FAULTS } from './catalogue/catalogue';
import { Random } from './random';
import { runScenario, SCENARIO_ENV } from './scenario';

/** Few enough that a busy machine can answer them too. */
const RATE = 50;

/** Faults that leave the servers alone, as all tests share them; `make faults` breaks those too. */
const SCENARIOS = [
  [
    'availability: kill -9',
    'foreign writer: transactions, half of them aborted',
    'answers of Kafka lost, connection closed',
  ],
] as const;

test.each(SCENARIOS)(
  'every promise is kept through: %s; %s %s',
  async (...names) => {
    const faults = names.map((name) => FAULTS.find((fault) => fault.name === name)!);
    const environment = await createTestEnvironment(SCENARIO_ENV);
    try {
      const result = await runScenario({
        faults,
        servers: {
          ...testServers(),
          kafka: [],
          postgres: undefined,
          registry: undefined,
          close: () => Promise.resolve(),
        },
        environment,
        random: new Random(1),
        rate: RATE,
        folder: join(projectRoot(), '.local/faults', uniqueName('short')),
        build: join(projectRoot(), 'dist'),
      });
      expect(result.findings).toEqual([]);
      expect(result.injected).toBeGreaterThan(0);
    } finally {
      await environment.close();
    }
  },
  300_000,
);
