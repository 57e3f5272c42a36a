import { run } from './run';

/** Whether a Docker engine answers. */
export async function isDockerThere(): Promise<boolean> {
  const { code, output } = await run('docker', ['info'], { timeout: 10_000 });
  // Some versions exit with 0 and print the error of an engine that does not answer.
  return code === 0 && !/cannot connect|^ERROR:/im.test(output);
}

/** Whether Docker's `compose` command is there. */
export async function isComposeThere(): Promise<boolean> {
  return (await run('docker', ['compose', 'version'], { timeout: 10_000 })).code === 0;
}
