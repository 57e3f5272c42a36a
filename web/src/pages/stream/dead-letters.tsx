import { useInfiniteQuery } from '@tanstack/preact-query';
import { Link } from 'wouter-preact';
import { api, call } from '../../api/client';
import { useSession } from '../../api/session';
import { formatNumber, formatTime, m } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { More } from '../../ui/more';
import { Failure, Loading } from '../../ui/states';
import { Table } from './table';

const LOOK_AGAIN = 10_000;

function useDeadLetters() {
  const { token } = useSession();
  return useInfiniteQuery({
    queryKey: ['dead-letters', token],
    queryFn: ({ pageParam }) => {
      const query = { limit: 20, ...(pageParam && { cursor: pageParam }) };
      return call(api.GET('/v1/dead-letters', { params: { query } }));
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: LOOK_AGAIN,
  });
}

/** What could not be applied, and why. */
export function DeadLetters() {
  const pages = useDeadLetters();
  const { data, error, refetch } = pages;
  const letters = data?.pages.flatMap(({ items }) => items);
  return (
    <section class="card">
      <div>
        <h2>{m.stream.deadLetters}</h2>
        <p class="soft small">{m.stream.deadLettersHint}</p>
      </div>
      {!letters && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />)}
      {letters && (
        <Table
          name={m.stream.deadLetters}
          columns={[
            { heading: m.stream.position },
            { heading: m.stream.consumer },
            { heading: m.stream.book },
            { heading: m.stream.reason },
            { heading: m.stream.since },
            { heading: m.stream.behind, isNumber: true },
          ]}
          none={m.stream.noDeadLetters}
          rows={letters.map(({ consumer, topic, position, bookId, reason, setAsideAt, behind }) => (
            <tr key={`${consumer} ${topic} ${position}`}>
              <td class="code">{position}</td>
              <td>{consumer}</td>
              <td>{bookId === null ? '–' : <Link href={bookPath(bookId)}>{bookId}</Link>}</td>
              <td class="reason">{reason ?? m.stream.parked}</td>
              <td class="when">{formatTime(setAsideAt)}</td>
              <td class="number">{formatNumber(behind)}</td>
            </tr>
          ))}
        />
      )}
      <More pages={pages} />
    </section>
  );
}
