import { Counter, Gauge, type Registry } from 'prom-client';

/** The metrics of the policies. */
export class PolicyMetrics {
  private readonly decisions: Counter<'policy'>;
  private readonly unacknowledged: Counter<'policy'>;
  private readonly rounds: Counter<'policy' | 'result'>;

  /** @param leads whether this process leads, asked whenever the metrics are collected */
  constructor(registry: Registry, leads: () => boolean) {
    const registers = [registry];
    this.decisions = new Counter({
      name: 'library_policy_decisions_total',
      help: 'Decisions of this process that are in the stream: expiries of pickup windows, cancellations by the limit',
      labelNames: ['policy'],
      registers,
    });
    this.unacknowledged = new Counter({
      name: 'library_policy_unacknowledged_total',
      help: 'Decisions that Kafka did not acknowledge: they are due again under the same event ID',
      labelNames: ['policy'],
      registers,
    });
    this.rounds = new Counter({
      name: 'library_policy_rounds_total',
      help: 'Looks for something to decide, by result: ok, failed',
      labelNames: ['policy', 'result'],
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

  /** The figures of a policy are there from now on. @param policy its name */
  watch(policy: string): void {
    this.decided(policy, 0, 0);
    for (const result of ['ok', 'failed']) this.rounds.inc({ policy, result }, 0);
  }

  /** A round has ended. */
  round(policy: string, isOk: boolean): void {
    this.rounds.inc({ policy, result: isOk ? 'ok' : 'failed' });
  }

  /** @param decisions how many are in the stream @param unacknowledged how many more may not be */
  decided(policy: string, decisions: number, unacknowledged: number): void {
    this.decisions.inc({ policy }, decisions);
    this.unacknowledged.inc({ policy }, unacknowledged);
  }
}
