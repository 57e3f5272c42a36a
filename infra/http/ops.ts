import type { Express } from 'express';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { withDeadline } from '../deadline';
import type { Logger } from '../logger';
import { shared } from '../shared';
import { createPagesApp } from './app';
import type { Page } from './page';
import { figuresOf } from './process-figures';

/** A dependency of this process. `/readyz` shows it under its name. */
export interface Check {
  readonly name: string;
  /** Whether the process cannot work without it. */
  readonly required: boolean;
  /** Whether it is shown only while it is down: for warnings, which are not servers. */
  readonly onlyWarns?: boolean;
  /**
   * Resolves when it is up, with a sentence for people where there is more to tell; throws with one when it is down. Stops
   * when the signal is aborted.
   */
  run(signal: AbortSignal): Promise<string | void>;
}

interface CheckResult {
  status: 'up' | 'down';
  detail?: string;
}

/** How long a dependency may take to answer, in milliseconds. */
const CHECK_TIMEOUT = 1_000;

async function runCheck({ run }: Check, timeoutMs: number): Promise<CheckResult> {
  try {
    const detail = await withDeadline(timeoutMs, run);
    return { status: 'up', ...(typeof detail === 'string' && { detail }) };
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : String(error) };
  }
}

export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not-ready';
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** Runs all checks at once: ready, degraded (something optional is down) or not ready (something required is). */
export async function readinessOf(checks: readonly Check[], timeoutMs = CHECK_TIMEOUT): Promise<Readiness> {
  const results = await Promise.all(checks.map((check) => runCheck(check, timeoutMs)));
  const down = checks.filter((_, index) => results[index]?.status === 'down');
  const status =
    down.length === 0 ? 'ready' : down.some(({ required }) => required) ? 'not-ready' : 'degraded';
  const named = checks.flatMap(({ name, onlyWarns }, index) => {
    const result = results[index]!;
    return onlyWarns && result.status === 'up' ? [] : [[name, result] as const];
  });
  return { status, checks: Object.fromEntries(named) };
}

/** A gauge of what `/readyz` checks, looked at whenever the metrics are collected. */
export function registerCheckGauge(registry: Registry, checks: readonly Check[]): void {
  new Gauge({
    name: 'library_check_up',
    help: 'Whether a check of /readyz passes (1) or not (0)',
    labelNames: ['check'],
    registers: [registry],
    // Of several processes: whether it passes in all of them.
    aggregator: 'min',
    async collect() {
      const results = await Promise.all(checks.map((check) => runCheck(check, CHECK_TIMEOUT)));
      for (const [i, { name }] of checks.entries())
        this.set({ check: name }, results[i]!.status === 'up' ? 1 : 0);
    },
  });
}

const readinessSchema = z.object({
  status: z.enum(['ready', 'degraded', 'not-ready']),
  checks: z
    .record(z.string(), z.object({ status: z.enum(['up', 'down']), detail: z.string().optional() }))
    .optional()
    .describe('Each dependency by name; not for strangers.'),
});

const operations = (operationId: string, summary: string, mediaType: string) => ({
  operationId,
  tag: 'Operations',
  summary,
  mediaType,
});

function livez(): Page {
  return {
    path: '/livez',
    respond: (_request, response) => void response.set('cache-control', 'no-store').json({ status: 'alive' }),
    doc: {
      ...operations('livez', 'The process runs', 'application/json'),
      responses: { 200: { description: 'It does.', schema: z.object({ status: z.literal('alive') }) } },
    },
  };
}

/** @param isBrief whether nobody gets more than the status */
function readyz(checks: readonly Check[], isBrief: boolean): Page {
  // However many ask at a time, the servers behind it are asked once.
  const readiness = shared(() => readinessOf(checks));
  return {
    path: '/readyz',
    async respond(_request, response, scope) {
      const now = await readiness();
      response.status(now.status === 'not-ready' ? 503 : 200);
      const shown = isBrief || scope !== 'all' ? { status: now.status } : now;
      response.set('cache-control', 'no-store').json(shown);
    },
    doc: {
      ...operations('readyz', 'Each dependency by name', 'application/json'),
      responses: {
        200: { description: 'Ready, or degraded: something optional is down.', schema: readinessSchema },
        503: { description: 'Something that is required is down.', schema: readinessSchema },
      },
    },
  };
}

function metrics(registry: Registry): Page {
  return {
    path: '/metrics',
    async respond(_request, response) {
      response.set('content-type', registry.contentType).send(await figuresOf(registry));
    },
    doc: {
      ...operations('metrics', 'Figures for Prometheus', 'text/plain'),
      responses: { 200: { description: 'The text exposition format.', schema: z.string() } },
    },
  };
}

export interface OpsOptions {
  readonly checks: readonly Check[];
  readonly registry: Registry;
  /** Whether figures and the details of `/readyz` are for another port alone (`OPS_ONLY`). */
  readonly isBrief?: boolean;
}

/** `/livez`, `/readyz` and `/metrics`. */
export function opsPages({ checks, registry, isBrief = false }: OpsOptions): Page[] {
  return [livez(), readyz(checks, isBrief), ...(isBrief ? [] : [metrics(registry)])];
}

/** The app that a process without an API serves on `OPS_PORT`. */
export function createOpsApp(options: OpsOptions & { readonly logger: Logger }): Express {
  return createPagesApp(opsPages(options), options.logger);
}
