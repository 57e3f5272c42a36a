import type { ComponentChildren } from 'preact';
import { useEffect, useId, useMemo, useState } from 'preact/hooks';
import { ApiError } from '../../api/client';
import { formatTime, m, text } from '../../i18n/i18n';
import { whatCameOfIt, whatHappened } from '../../replay/event-text';
import { useHistory } from '../../replay/history';
import { countUntil, momentAfter, replay, type HistoryEntry } from '../../replay/replay';
import { useDebounced } from '../../ui/debounced';
import { Failure, Loading } from '../../ui/states';
import { MomentView } from './moment';
import { useMostWanted } from './most-wanted';

/** The life of a book, event by event. As long as none is named, that of the most wanted one. */
export function Life() {
  const [typed, setTyped] = useState<string | undefined>();
  const first = useMostWanted(0).data?.items[0]?.bookId ?? '';
  // The list changes while one looks: the book does not.
  const [proposed, setProposed] = useState('');
  useEffect(() => setProposed((before) => before || first), [first]);
  const bookId = useDebounced((typed ?? proposed).trim(), 300);
  const id = useId();
  return (
    <section class="card">
      <div>
        <h2>{m.stream.life}</h2>
        <p class="soft small">{m.stream.lifeHint}</p>
      </div>
      <div class="asked">
        <label for={id}>{m.stream.whichBook}</label>
        <input
          id={id}
          value={typed ?? proposed}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      {bookId === '' ? (
        <NoLife>
          <p class="soft">{m.stream.noBook}</p>
        </NoLife>
      ) : (
        <Replay key={bookId} bookId={bookId} />
      )}
    </section>
  );
}

/** As long as there is no life to go through the slider is there and does not move. */
function NoLife({ children }: { children: ComponentChildren }) {
  const slider = useId();
  return (
    <>
      <div class="player">
        <div>
          <label for={slider}>{m.stream.time}</label>
          <input id={slider} type="range" min={0} max={0} value={0} disabled />
        </div>
      </div>
      {children}
    </>
  );
}

function Replay({ bookId }: { bookId: string }) {
  const { data, error, fetchNextPage, hasNextPage, refetch } = useHistory(bookId);
  const entries = useMemo(() => data?.pages.flatMap((page) => page.entries), [data]);
  if (!entries) {
    const isUnheardOf = error instanceof ApiError && error.status >= 400 && error.status < 500;
    return (
      <NoLife>
        {isUnheardOf && <p class="soft">{m.errors['unknown-book']}</p>}
        {error && !isUnheardOf && <Failure error={error} retry={() => void refetch()} />}
        {!error && <Loading />}
      </NoLife>
    );
  }
  return (
    <>
      <Player entries={entries} />
      {hasNextPage && (
        <div class="row">
          <p class="soft small">{text(m.stream.earliest, { count: entries.length })}</p>
          <button type="button" onClick={() => void fetchNextPage()}>
            {m.common.more}
          </button>
        </div>
      )}
    </>
  );
}

/** How long each event is shown while the life is played, in milliseconds. */
const PACE = 700;

function Player({ entries }: { entries: readonly HistoryEntry[] }) {
  const [chosen, setChosen] = useState<number | undefined>();
  const [plays, setPlays] = useState(false);
  const steps = useMemo(() => replay(entries), [entries]);
  const count = Math.min(chosen ?? entries.length, entries.length);
  const moment = useMemo(() => momentAfter(entries, count), [entries, count]);
  useEffect(() => {
    if (!plays) return;
    const timer = setInterval(() => {
      setChosen((before = entries.length) => Math.min(before + 1, entries.length));
    }, PACE);
    return () => clearInterval(timer);
  }, [plays, entries.length]);
  useEffect(() => {
    if (count === entries.length) setPlays(false);
  }, [count, entries.length]);
  const play = () => {
    if (count === entries.length) setChosen(0);
    setPlays(!plays);
  };
  const step = steps[count - 1];
  const [slider, asOf] = [useId(), useId()];
  return (
    <>
      <div class="player">
        <div>
          <label for={slider}>{m.stream.time}</label>
          <input
            id={slider}
            type="range"
            min={0}
            max={entries.length}
            step={1}
            value={count}
            aria-valuetext={
              step
                ? `${text(m.stream.step, { step: count, of: entries.length })}: ${whatHappened(step)}`
                : m.stream.before
            }
            onInput={(event) => {
              setPlays(false);
              setChosen(Number(event.currentTarget.value));
            }}
          />
        </div>
        <button type="button" onClick={play}>
          {plays ? m.stream.pause : m.stream.play}
        </button>
        <div>
          <label for={asOf}>{m.stream.asOf}</label>
          <input
            id={asOf}
            type="datetime-local"
            step={1}
            onInput={(event) => {
              const time = new Date(event.currentTarget.value);
              if (!Number.isNaN(time.getTime())) setChosen(countUntil(entries, time.toISOString()));
            }}
          />
        </div>
      </div>
      <div class="happened notice">
        {step ? (
          <>
            <p class="small soft">
              {text(m.stream.step, { step: count, of: entries.length })} · {formatTime(step.entry.occurredAt)}
            </p>
            <p>
              <strong>{whatHappened(step)}</strong>
            </p>
            {whatCameOfIt(step).map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </>
        ) : (
          <p>{m.stream.before}</p>
        )}
      </div>
      <MomentView moment={moment} />
    </>
  );
}
