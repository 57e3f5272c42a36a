import { q, quantile, quantiles, rate, type Dashboard } from './panel';

export const WRITES: Dashboard = {
  uid: 'library-writes',
  title: 'Library: requests and writes',
  panels: [
    {
      title: 'Requests a second',
      about:
        'By status. 503 and 504 on writes come from Kafka, 503 on reads from Postgres or a view that is behind.',
      unit: 'ops',
      queries: [q(rate('http_request_duration_seconds_count', 'status'), '{{status}}')],
    },
    {
      title: 'How long requests take, p99',
      about: 'By route. Live streams and requests that wait for their outcome are long on purpose.',
      unit: 's',
      queries: [q(quantile(0.99, 'http_request_duration_seconds', 'method, route'), '{{method}} {{route}}')],
    },
    {
      title: 'Until an event is acknowledged',
      about:
        'The oldest event of each batch, from its hand-over to the writer to the acknowledgement by all in-sync replicas.',
      unit: 's',
      queries: quantiles('library_accept_seconds'),
    },
    {
      title: 'How long Kafka takes for a send',
      about: 'The rest of the time above is the wait for the send before.',
      unit: 's',
      queries: quantiles('library_writer_send_seconds'),
    },
    {
      title: 'Events in one send',
      about: 'Grows with the load instead of the queue.',
      unit: 'short',
      queries: quantiles('library_writer_send_records'),
    },
    {
      title: 'Attempts and events that go again',
      about:
        'In doubt: Kafka was asked and did not answer. Such events are sent again, and known again by their IDs.',
      unit: 'ops',
      queries: [
        q(rate('library_writer_attempts_total{result!="appended"}', 'result'), '{{result}}'),
        q('sum(rate(library_writer_resent_records_total[$__rate_interval]))', 'events sent again'),
      ],
    },
    {
      title: 'Writes that were not acknowledged',
      about: 'not-taken and not-recorded are 503, unknown is 504.',
      unit: 'ops',
      queries: [q(rate('library_writes_failed_total', 'reason'), '{{reason}}')],
    },
    {
      title: 'Writes waiting',
      about: 'Queued or under way, by instance. WRITE_QUEUE is the limit.',
      unit: 'short',
      queries: [q('library_writer_pending', '{{instance}}')],
    },
    {
      title: 'Denied requests',
      about: 'By operation and role.',
      unit: 'ops',
      queries: [q(rate('http_denied_total', 'operation, role, status'), '{{status}} {{operation}} {{role}}')],
    },
    {
      title: 'Live events',
      about: 'Clients that follow, and what is sent to them.',
      unit: 'short',
      queries: [
        q('sum(library_live_clients)', 'clients'),
        q('sum(rate(library_live_delivered_total[$__rate_interval]))', 'delivered a second'),
        q('sum(rate(library_live_dropped_total[$__rate_interval]))', 'cut off a second'),
      ],
    },
  ],
};
