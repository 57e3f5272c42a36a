import { useConsumers, useMayOperate, useRate, type Consumer } from '../../api/consumers';
import { formatNumber, m, text } from '../../i18n/i18n';
import { Title } from '../../ui/title';
import { Flow, type Figures } from './flow';
import './how.css';

/** What is known at the moment; a dash where nothing is. */
function useFigures(): Figures {
  const { data } = useConsumers();
  const writes = useRate('availability');
  const outcomes = useRate('notices');
  const find = (name: string) => data?.items.find(({ consumer }) => consumer === name);
  const number = (value: number | undefined) => (value === undefined ? '–' : formatNumber(value));
  const lag = (consumer: Consumer | undefined) => number(consumer?.lag);
  return {
    writes: number(writes),
    events: number(find('availability')?.end),
    outcomes: number(outcomes),
    published: number(find('notices')?.end),
    lags: {
      availability: lag(find('availability')),
      demand: lag(find('demand')),
      notices: lag(find('notices')),
    },
    flows: { writes: (writes ?? 0) > 0, outcomes: (outcomes ?? 0) > 0 },
  };
}

/** The way of a write, from the request to the topic, the views and the notice, with the numbers of this moment. */
export default function HowPage() {
  const figures = useFigures();
  const mayOperate = useMayOperate();
  const { data, error } = useConsumers();
  const state = mayOperate ? (error ? 'old' : data ? 'live' : 'loading') : 'hidden';
  const steps = [
    text(m.how.steps.request, { rate: figures.writes }),
    text(m.how.steps.topic, { count: figures.events }),
    text(m.how.steps.views, { lag: figures.lags.availability }),
    text(m.how.steps.demand, { lag: figures.lags.demand }),
    text(m.how.steps.outcomes, { rate: figures.outcomes, count: figures.published }),
    text(m.how.steps.notices, { lag: figures.lags.notices }),
    m.how.steps.policies,
  ];
  return (
    <>
      <div class="stack">
        <Title text={m.how.title} />
        <p>{m.how.intro}</p>
      </div>
      <p role="status" class={`notice ${state === 'live' ? 'good' : state === 'old' ? 'wait' : ''}`}>
        {m.how.states[state]}
      </p>
      <div class="columns">
        <figure class="card picture">
          <Flow figures={figures} />
        </figure>
        <section class="stack">
          <h2>{m.how.way}</h2>
          <ol class="way">
            {steps.map((step, i) => (
              <li key={i}>{step}</li>
            ))}
          </ol>
          <h2>{m.how.apart}</h2>
          <p>{m.how.apartText}</p>
        </section>
      </div>
    </>
  );
}
