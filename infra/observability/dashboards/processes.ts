import { q, rate, type Dashboard } from './panel';

export const PROCESSES: Dashboard = {
  uid: 'library-processes',
  title: 'Library: processes',
  panels: [
    {
      title: 'Leading instances of the policies',
      about: 'One decides; the others stand by.',
      unit: 'short',
      isFigure: true,
      queries: [q('max(library_policies_leading)', 'leading')],
    },
    {
      title: 'Versions',
      about: 'How many processes run which version.',
      unit: 'short',
      isFigure: true,
      queries: [q('count by (version, node) (library_build_info)', '{{version}}, Node {{node}}')],
    },
    {
      title: 'Checks that fail',
      about: 'What /readyz would name.',
      unit: 'short',
      queries: [q('library_check_up == 0', '{{instance}} {{check}}')],
    },
    {
      title: 'Event loop late by, p99',
      about: 'By instance.',
      unit: 's',
      queries: [q('nodejs_eventloop_lag_p99_seconds', '{{instance}}')],
    },
    {
      title: 'Time spent on garbage',
      about: 'By instance and kind.',
      unit: 'percentunit',
      queries: [q(rate('nodejs_gc_duration_seconds_sum', 'instance, kind'), '{{instance}} {{kind}}')],
    },
    {
      title: 'Processor time',
      about: 'Of all threads; 1 = one processor.',
      unit: 'short',
      queries: [q('rate(process_cpu_seconds_total[$__rate_interval])', '{{instance}}')],
    },
    {
      title: 'Memory',
      about: 'All of it, and the old objects of the heap, which may have 384 MiB.',
      unit: 'bytes',
      queries: [
        q('process_resident_memory_bytes', '{{instance}} all'),
        q('nodejs_heap_space_size_used_bytes{space="old"}', '{{instance}} old objects'),
      ],
    },
    {
      title: 'Postgres connections',
      about: 'Busy ones, by pool, as a part of its limit.',
      unit: 'percentunit',
      queries: [
        q(
          'library_postgres_connections{state="busy"} / ignoring (state) library_postgres_connections_limit',
          '{{instance}} {{pool}}',
        ),
      ],
    },
    {
      title: 'Statements that wait for a connection',
      about: 'By pool. Other pools of the process are not touched.',
      unit: 'short',
      queries: [q('library_postgres_waiting', '{{instance}} {{pool}}')],
    },
    {
      title: 'Roles that were started again',
      about: 'In processes that have several.',
      unit: 'short',
      queries: [q('sum by (role) (increase(library_role_restarts_total[$__rate_interval]))', '{{role}}')],
    },
  ],
};
