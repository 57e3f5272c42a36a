import { useMemo } from 'preact/hooks';
import { ApiError } from '../../api/client';
import { formatTime, m, text } from '../../i18n/i18n';
import { toneOf, whatCameOfIt, whatHappened } from '../../replay/event-text';
import { useHistory } from '../../replay/history';
import { replay } from '../../replay/replay';
import { Failure, Loading } from '../../ui/states';

/** All that happened to a book, the newest first: what each event was, what it came to and why. */
export function Timeline({ bookId }: { bookId: string }) {
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useHistory(bookId);
  const steps = useMemo(() => data && replay(data.pages.flatMap(({ entries }) => entries)), [data]);
  const isUnheardOf = error instanceof ApiError && error.status < 500 && error.status > 0;
  return (
    <section class="card">
      <h2>{m.desk.history}</h2>
      {!steps && (bookId === '' || isUnheardOf) && <p class="soft">{m.desk.noBook}</p>}
      {!steps && isFetching && !error && <Loading />}
      {!steps && error && !isUnheardOf && <Failure error={error} retry={() => void refetch()} />}
      <ol role="list" class="timeline" aria-label={m.desk.history}>
        {steps?.toReversed().map((step) => (
          <li key={step.entry.position} class={toneOf(step)}>
            <p>
              <strong>{whatHappened(step)}</strong>
            </p>
            {whatCameOfIt(step).map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
            <p class="small soft">
              <time dateTime={step.entry.occurredAt}>{formatTime(step.entry.occurredAt)}</time> ·{' '}
              {text(m.common.position, { position: step.entry.position })}
            </p>
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <div class="row">
          <p class="soft small">{text(m.desk.earliest, { count: steps?.length ?? 0 })}</p>
          <button type="button" onClick={() => void fetchNextPage()}>
            {m.common.more}
          </button>
        </div>
      )}
    </section>
  );
}
