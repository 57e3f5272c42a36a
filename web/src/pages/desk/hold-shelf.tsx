import { useId } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { formatTime, m, text } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { More } from '../../ui/more';
import { Failure, Loading } from '../../ui/states';
import type { Slip } from './counter';
import { useHeld, type HeldCopy } from './use-desk';

type Take = (slip: Slip) => void;

const DAY_MS = 86_400_000;

/** What is set aside, the first that ends first. */
export function HoldShelf({ onTake }: { onTake: Take }) {
  return <Held list="hold-shelf" name={m.desk.holdShelf} none={m.desk.nothingHeld} onTake={onTake} />;
}

/** What has to be fetched from the shelves, the newest first. */
export function PullList({ onTake }: { onTake: Take }) {
  return (
    <Held
      list="pull-list"
      name={m.desk.pullList}
      about={m.desk.pullListHint}
      none={m.desk.nothingToPull}
      onTake={onTake}
    />
  );
}

interface HeldProps {
  readonly list: 'hold-shelf' | 'pull-list';
  readonly name: string;
  readonly about?: string;
  readonly none: string;
  readonly onTake: Take;
}

function Held({ list, name, about, none, onTake }: HeldProps) {
  const pages = useHeld(list);
  const { data, error, refetch } = pages;
  const copies = data?.pages.flatMap(({ items }) => items);
  return (
    <section class="card">
      <div>
        <h2>{name}</h2>
        {about && <p class="soft small">{about}</p>}
      </div>
      {!copies && (error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />)}
      {copies && (
        <ul role="list" class="lines" aria-label={name}>
          {copies.map((held) => (
            <Item key={held.reservationId} held={held} list={list} onTake={onTake} />
          ))}
          {copies.length === 0 && <li class="soft">{none}</li>}
        </ul>
      )}
      <More pages={pages} />
    </section>
  );
}

function Item({ held, list, onTake }: { held: HeldCopy; list: HeldProps['list']; onTake: Take }) {
  const { bookId, copyId, title, userId, pickupBy } = held;
  const id = useId();
  const left = Date.parse(pickupBy) - Date.now();
  return (
    <li>
      <div id={id}>
        <p>
          <Link href={bookPath(bookId)}>{title}</Link>
        </p>
        <p class="small">
          <span class="code">{copyId}</span> · {text(m.desk.heldFor, { user: userId })}
        </p>
        {list === 'hold-shelf' && (
          <p class="small soft">
            {text(m.desk.until, { time: formatTime(pickupBy) })}{' '}
            {left < 0 ? (
              <span class="badge bad">{m.desk.over}</span>
            ) : (
              left < DAY_MS && <span class="badge wait">{m.desk.lastDay}</span>
            )}
          </p>
        )}
      </div>
      <button
        type="button"
        aria-describedby={id}
        onClick={() => onTake({ book: bookId, copy: copyId, reader: userId })}
      >
        {m.desk.take}
      </button>
    </li>
  );
}
