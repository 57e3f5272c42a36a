import { q, quantile, rate, type Dashboard } from './panel';

export const VIEWS: Dashboard = {
  uid: 'library-views',
  title: 'Library: views, outcomes, notices',
  panels: [
    {
      title: 'Behind, in events',
      about: 'By the checkpoints in the database: known also when the consumer is gone.',
      unit: 'short',
      queries: [
        q('sum by (consumer) (max by (consumer, partition) (library_stored_lag_records))', '{{consumer}}'),
      ],
    },
    {
      title: 'Behind, in seconds',
      about: 'The partition that is furthest behind, at least.',
      unit: 's',
      queries: [q('max by (consumer) (library_stored_lag_seconds)', '{{consumer}}')],
    },
    {
      title: 'Freshness by partition',
      about:
        'The age of the oldest record that a consumer holds and has not stored. One partition alone: a hot book.',
      unit: 's',
      queries: [
        q('max by (consumer, partition) (library_consumer_freshness_seconds)', '{{consumer}} {{partition}}'),
      ],
    },
    {
      title: 'From the stream to the view',
      about: 'The oldest record of each batch, p99.',
      unit: 's',
      queries: [q(quantile(0.99, 'library_projection_delay_seconds', 'consumer'), '{{consumer}}')],
    },
    {
      title: 'Events projected a second',
      about: 'By consumer.',
      unit: 'ops',
      queries: [q(rate('library_events_projected_total', 'consumer'), '{{consumer}}')],
    },
    {
      title: 'Events in one transaction',
      about: 'The median; grows with the load.',
      unit: 'short',
      queries: [q(quantile(0.5, 'library_projection_batch_records', 'consumer'), '{{consumer}}')],
    },
    {
      title: 'Retries and fenced batches',
      about: 'Postgres or the registry away; another instance has moved the partition on.',
      unit: 'ops',
      queries: [
        q(rate('library_projection_retries_total', 'consumer'), 'retries {{consumer}}'),
        q(rate('library_projection_fenced_total', 'consumer'), 'fenced {{consumer}}'),
      ],
    },
    {
      title: 'Set aside',
      about: 'Dead records, those parked behind them, and the books that wait.',
      unit: 'short',
      queries: [
        q('max by (consumer, status) (library_set_aside_records)', '{{consumer}} {{status}}'),
        q('max by (consumer) (library_books_held_up)', '{{consumer}} books'),
      ],
    },
    {
      title: 'Outbox',
      about: 'Outcomes that are stored and not published, and the age of the oldest.',
      unit: 'short',
      queries: [
        q('max(library_outbox_outcomes)', 'outcomes'),
        q('max(library_outbox_age_seconds)', 'seconds'),
        q('max(library_outbox_troubled_partitions)', 'partitions in trouble'),
      ],
    },
    {
      title: 'Outcomes published a second',
      about: 'And attempts that failed.',
      unit: 'ops',
      queries: [
        q('sum(rate(library_outcomes_published_total[$__rate_interval]))', 'published'),
        q(rate('library_outbox_attempts_total{result!="appended"}', 'result'), '{{result}}'),
      ],
    },
    {
      title: 'Notices',
      about: 'Attempts by result, and how long the one has been due that has waited the longest.',
      unit: 'short',
      queries: [
        q(rate('library_notice_attempts_total', 'result'), '{{result}} a second'),
        q('max by (status) (library_notices)', '{{status}}'),
        q('max(library_notices_overdue_seconds)', 'overdue, seconds'),
      ],
    },
    {
      title: 'Policies',
      about: 'Decisions and rounds that failed, by policy.',
      unit: 'ops',
      queries: [
        q(rate('library_policy_decisions_total', 'policy'), '{{policy}} decisions'),
        q(rate('library_policy_unacknowledged_total', 'policy'), '{{policy}} not acknowledged'),
        q(rate('library_policy_rounds_total{result="failed"}', 'policy'), '{{policy}} rounds failed'),
      ],
    },
  ],
};
