import { useEffect, useRef, useState } from 'preact/hooks';
import { useRate } from '../../api/consumers';
import { OUTCOME_TYPES, useLive } from '../../api/live';
import { formatNumber, m, text } from '../../i18n/i18n';
import { Chart } from './chart';
import { Counts, SECONDS } from './counts';

/** Seconds over which the figures beside the chart are a mean. */
const RECENT = 10;

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** How much happens: events a second, and outcomes by type, live. */
export function Rate() {
  const counts = useRef(new Counts(OUTCOME_TYPES));
  const [columns, setColumns] = useState(() => counts.current.columns(Date.now()));
  const connected = useLive({}, ({ type, eventId }) => counts.current.add(type, eventId, Date.now()));
  useEffect(() => {
    const timer = setInterval(() => setColumns(counts.current.columns(Date.now())), 1_000);
    return () => clearInterval(timer);
  }, []);
  const events = useRate('availability');
  return (
    <section class="card">
      <div class="row apart">
        <h2>{m.stream.rate}</h2>
        <p role="status" class={`badge ${connected ? 'good' : 'wait'}`}>
          {connected ? m.stream.live : m.stream.connecting}
        </p>
      </div>
      <p>
        <strong class="figure">{events === undefined ? '…' : formatNumber(events)}</strong>{' '}
        {m.stream.eventsPerSecond}
      </p>
      <ul role="list" class="row legend" aria-label={m.stream.byType}>
        {OUTCOME_TYPES.map((type, i) => (
          <li key={type}>
            <span class={`swatch series-${i}`} aria-hidden="true" />
            {m.stream.outcomes[type]}{' '}
            <strong>{formatNumber(sum(columns[i + 1]!.slice(-RECENT)) / RECENT)}</strong>
            {m.stream.perSecond}
          </li>
        ))}
      </ul>
      <div role="img" aria-label={text(m.stream.chart, { count: SECONDS })}>
        <Chart columns={columns} />
      </div>
    </section>
  );
}
