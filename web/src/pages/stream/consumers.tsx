import { useConsumers, type Consumer } from '../../api/consumers';
import { formatNumber, formatTime, m, text } from '../../i18n/i18n';
import { Failure, Loading } from '../../ui/states';
import { Table } from './table';

/** How far each consumer is: what it has not read yet, and since when it has what it has. */
export function Consumers() {
  const { data, error, refetch } = useConsumers();
  return (
    <section class="card">
      <h2>{m.stream.consumers}</h2>
      {error && data && <p class="notice wait">{m.stream.old}</p>}
      {!data && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />)}
      {data && (
        <Table
          name={m.stream.consumers}
          columns={[
            { heading: m.stream.consumer },
            { heading: m.stream.lag, isNumber: true },
            { heading: m.stream.freshness },
            { heading: m.stream.setAside, isNumber: true },
          ]}
          none={m.stream.noConsumers}
          rows={data.items.map((consumer) => (
            <Row key={`${consumer.consumer} ${consumer.topic}`} consumer={consumer} />
          ))}
        />
      )}
    </section>
  );
}

function Row({ consumer: { consumer, topic, lag, setAside, movedAt } }: { consumer: Consumer }) {
  const time = formatTime(movedAt);
  return (
    <tr>
      <td>
        {consumer}
        <br />
        <span class="code soft topic">{topic}</span>
      </td>
      <td class="number">{formatNumber(lag)}</td>
      <td>
        <span class={`badge ${lag === 0 ? 'good' : 'wait'}`}>
          {lag === 0 ? m.stream.upToDate : m.stream.catchingUp}
        </span>
        <br />
        <span class="soft">{text(m.stream.movedAt, { time })}</span>
      </td>
      <td class="number">{formatNumber(setAside)}</td>
    </tr>
  );
}
