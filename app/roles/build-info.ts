import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import { projectRoot } from '../../infra/local/run';

/** The version of the platform. */
export function version(): string {
  return (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** A gauge that says what runs. */
export function registerBuildInfo(registry: Registry): void {
  new Gauge({
    name: 'library_build_info',
    help: 'Always 1; the labels say which version runs, on which Node.js',
    labelNames: ['version', 'node'],
    registers: [registry],
    // Where the figures of several processes are put together it stays 1.
    aggregator: 'first',
  }).set({ version: version(), node: process.version }, 1);
}
