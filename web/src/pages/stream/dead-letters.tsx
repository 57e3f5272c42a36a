import { useInfiniteQuery } from '@tanstack/preact-query';
import { Link } from 'wouter-preact';
import { api, call } from '../../api/client';
import { useSession } from '../../api/session';
import { formatNumber, formatTime, m } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { Failure, Loading } from '../../ui/states';

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
  const { data, error, fetchNextPage, hasNextPage, refetch } = useDeadLetters();
  const letters = data?.pages.flatMap(({ items }) => items);
  const headings = [m.stream.position, m.stream.consumer, m.stream.book, m.stream.reason, m.stream.since];
  return (
    <section class="card">
      <div>
        <h2>{m.stream.deadLetters}</h2>
        <p class="soft small">{m.stream.deadLettersHint}</p>
      </div>
      {!letters && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />)}
      {letters && (
        <div class="scroll" role="group" aria-label={m.stream.deadLetters} tabIndex={0}>
          <table aria-label={m.stream.deadLetters}>
            <thead>
              <tr>
                {headings.map((heading) => (
                  <th key={heading} scope="col">
                    {heading}
                  </th>
                ))}
                <th scope="col" class="number">
                  {m.stream.behind}
                </th>
              </tr>
            </thead>
            <tbody>
              {letters.map(({ consumer, topic, position, bookId, reason, setAsideAt, behind }) => (
                <tr key={`${consumer} ${topic} ${position}`}>
                  <td class="code">{position}</td>
                  <td>{consumer}</td>
                  <td>{bookId === null ? '–' : <Link href={bookPath(bookId)}>{bookId}</Link>}</td>
                  <td class="reason">{reason ?? m.stream.parked}</td>
                  <td class="when">{formatTime(setAsideAt)}</td>
                  <td class="number">{formatNumber(behind)}</td>
                </tr>
              ))}
              {letters.length === 0 && (
                <tr>
                  <td colSpan={6} class="soft">
                    {m.stream.noDeadLetters}
                  </td>
                </tr>
              )}
            </tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <div>
          <button type="button" onClick={() => void fetchNextPage()}>
            {m.common.more}
          </button>
        </div>
      )}
    </section>
  );
}
