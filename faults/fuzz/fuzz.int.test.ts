import { join } from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { createTestEnvironment } from '../../test/environment';
import { RoleProcess } from '../../test/e2e/role-process';
import { uniqueName } from '../../test/servers';
import { fuzz } from './schemathesis';

/** The bounds of every parameter first, then what is drawn at random. */
const PHASES = ['coverage', 'fuzzing'];
/** A write with a body, one without, a read by key, and a list in pages. `make fuzz` takes all of them. */
const OPERATIONS = ['catalogueBook', 'cancelReservation', 'getBook', 'listDemand'];

test('whatever is sent to an operation, it answers as its document says', async () => {
  const environment = await createTestEnvironment();
  const system = await RoleProcess.start(['api', 'availability', 'demand'], environment.env);
  try {
    const folder = join(projectRoot(), '.local/fuzz', uniqueName('short'));
    const { isRight, output, requests } = await fuzz({
      url: system.url,
      seed: 1,
      examples: 5,
      operations: OPERATIONS,
      phases: PHASES,
      folder,
    });
    expect(isRight ? '' : output).toBe('');
    expect(requests).toBeGreaterThan(10 * OPERATIONS.length);
  } finally {
    await system.stop();
    await environment.close();
  }
}, 300_000);
