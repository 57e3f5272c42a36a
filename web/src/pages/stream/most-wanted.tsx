import { keepPreviousData, useQuery } from '@tanstack/preact-query';
import { useId, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, call } from '../../api/client';
import { formatNumber, m } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { Failure, Loading } from '../../ui/states';
import { Table } from './table';

const DAY_MS = 86_400_000;
const PERIODS = [0, 7, 30, 365] as const;
const LOOK_AGAIN = 5_000;

const dayBefore = (days: number) => new Date(Date.now() - (days - 1) * DAY_MS).toISOString().slice(0, 10);

/** The most wanted books of the last days. @param days 0: of all times */
export function useMostWanted(days: number) {
  return useQuery({
    queryKey: ['demand', days],
    queryFn: () => {
      const query = { limit: 10, ...(days > 0 && { from: dayBefore(days) }) };
      return call(api.GET('/v1/demand', { params: { query } }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_AGAIN,
  });
}

export function MostWanted() {
  const [days, setDays] = useState(0);
  const { data, error, refetch } = useMostWanted(days);
  const id = useId();
  return (
    <section class="card">
      <div class="row apart">
        <h2>{m.stream.mostWanted}</h2>
        <div class="row">
          <label for={id}>{m.stream.period}</label>
          <select
            id={id}
            class="period"
            value={days}
            onChange={(event) => setDays(Number(event.currentTarget.value))}
          >
            {PERIODS.map((period) => (
              <option key={period} value={period}>
                {m.stream.periods[period]}
              </option>
            ))}
          </select>
        </div>
      </div>
      {!data && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />)}
      {data && (
        <Table
          name={m.stream.mostWanted}
          columns={[
            { heading: m.stream.book },
            { heading: m.stream.reservations, isNumber: true },
            { heading: m.stream.cancellations, isNumber: true },
            { heading: m.stream.waiting, isNumber: true },
          ]}
          none={m.stream.noDemand}
          rows={data.items.map(({ bookId, title, reservations, cancellations, waiting }) => (
            <tr key={bookId}>
              <td>
                <Link href={bookPath(bookId)}>{title ?? bookId}</Link>
              </td>
              <td class="number">{formatNumber(reservations)}</td>
              <td class="number">{formatNumber(cancellations)}</td>
              <td class="number">{formatNumber(waiting)}</td>
            </tr>
          ))}
        />
      )}
    </section>
  );
}
