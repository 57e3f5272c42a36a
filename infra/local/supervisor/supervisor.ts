import { statSync } from 'node:fs';
import { Child } from './child';
import {
  logFile,
  planFile,
  readPlan,
  readState,
  stateFile,
  writeJson,
  type Plan,
  type SupervisorFolders,
} from './files';
import { isRunning, processWith } from './identity';
import { rotateLarge } from './logs';
import type { ProcessSpec } from './spec';

const POLL_MS = 100;
/** How often it is looked for large logs. */
const LOGS_MS = 2_000;

/**
 * Keeps the processes of the plan running, and no others. The plan is a file that is polled; the state is a file too. The
 * processes do not depend on the supervisor: if it is killed they keep running, and the next supervisor takes them over.
 */
export class Supervisor {
  private readonly children = new Map<string, Child>();
  private applied: string | null = null;
  private seen = '';
  private logsSeenAt = 0;

  constructor(
    private readonly folders: SupervisorFolders,
    private readonly version: string,
  ) {}

  /** Takes over the processes of a former supervisor, and runs until a plan is empty or `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.adoptRunning();
    while (!signal.aborted) {
      const plan = this.newPlan();
      if (plan) await this.apply(plan);
      if (plan?.processes.length === 0) return;
      this.rotateLogs();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.stop([...this.children.values()]);
  }

  private rotateLogs(): void {
    const now = performance.now();
    if (now - this.logsSeenAt < LOGS_MS) return;
    this.logsSeenAt = now;
    for (const name of [...this.children.keys(), 'supervisor']) {
      try {
        rotateLarge(logFile(this.folders, name));
      } catch (error) {
        // As on a full disk. The next look tries again.
        process.stderr.write(`${new Date().toISOString()} ${String(error)}\n`);
      }
    }
  }

  private adoptRunning(): void {
    for (const state of readState(this.folders)?.processes ?? []) {
      if (isRunning(state.process)) this.child(state.spec).adopt(state);
    }
    this.save();
  }

  private child(spec: ProcessSpec): Child {
    const child = new Child(spec, this.folders, () => this.save());
    this.children.set(spec.name, child);
    return child;
  }

  private newPlan(): Plan | undefined {
    const stats = statSync(planFile(this.folders), { throwIfNoEntry: false });
    const seen = `${stats?.ino}:${stats?.mtimeMs}`;
    if (!stats || seen === this.seen) return undefined;
    this.seen = seen;
    const plan = readPlan(this.folders);
    return plan?.id === this.applied ? undefined : plan;
  }

  private async apply(plan: Plan): Promise<void> {
    const wanted = new Map(plan.processes.map((spec) => [spec.name, spec.fingerprint]));
    const others = [...this.children.values()].filter(
      ({ spec }) => wanted.get(spec.name) !== spec.fingerprint,
    );
    await this.stop(others);
    for (const spec of plan.processes) {
      if (!this.children.has(spec.name)) this.child(spec).start();
    }
    this.applied = plan.id;
    this.save();
  }

  /** Stops the roles first, together, as they use the services; then group by group the services, in reverse starting order. */
  private async stop(children: readonly Child[]): Promise<void> {
    const roles = children.filter(({ spec }) => spec.kind === 'role');
    const services = children.filter(({ spec }) => spec.kind === 'service').reverse();
    await Promise.all(roles.map((child) => this.stopOne(child)));
    for (const group of new Set(services.map(({ spec }) => spec.group))) {
      await Promise.all(
        services.filter(({ spec }) => spec.group === group).map((child) => this.stopOne(child)),
      );
    }
  }

  private async stopOne(child: Child): Promise<void> {
    await child.stop();
    this.children.delete(child.spec.name);
    this.save();
  }

  private save(): void {
    const supervisor = processWith(process.pid);
    if (!supervisor) return;
    const processes = [...this.children.values()].map(({ state }) => state);
    try {
      writeJson(stateFile(this.folders), {
        supervisor,
        version: this.version,
        plan: this.applied,
        processes,
      });
    } catch (error) {
      // Supervision goes on, for instance on a full disk: the next change writes the whole state again.
      process.stderr.write(`${new Date().toISOString()} ${String(error)}\n`);
    }
  }
}
