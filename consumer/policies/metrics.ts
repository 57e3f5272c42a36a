import { Counter, Gauge, type Registry } from 'prom-client';

/** The metrics of the policies. */
export class PolicyMetrics {
  private readonly decisions: Counter<'policy'>;

  /** @param leads whether this process leads, asked whenever the metrics are collected */
  constructor(registry: Registry, leads: () => boolean) {
    const registers = [registry];
    this.decisions = new Counter({
      name: 'library_policy_decisions_total',
      help: 'Decisions of this process that are in the stream: expiries of pickup windows, cancellations by the limit',
      labelNames: ['policy'],
      registers,
    });
    new Gauge({
      name: 'library_policies_leading',
      help: 'Whether this process decides (1), or stands by for another one (0)',
      registers,
      collect() {
        this.set(leads() ? 1 : 0);
      },
    });
  }

  /** @param policy its name */
  decided(policy: string, decisions: number): void {
    this.decisions.inc({ policy }, decisions);
  }
}
