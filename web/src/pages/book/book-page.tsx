import { ApiError, type Book } from '../../api/client';
import { useBook, useCopies, useForecast } from '../../api/books';
import { useSession } from '../../api/session';
import { formatNumber, m, text } from '../../i18n/i18n';
import { Failure, Loading } from '../../ui/states';
import { Title } from '../../ui/title';
import { ReservationPanel } from './reservation-panel';
import './book.css';

/** A book: what there is of it, and the reader's reservation. It can be reserved also while it cannot be read. */
export function BookPage({ bookId }: { bookId: string }) {
  const { data: book, error, isPending, refetch } = useBook(bookId);
  const { token } = useSession();
  if (isPending && !error) return <Loading key={token} />;
  const isAway = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  if (!book && error && !isAway)
    return (
      <>
        <Title text={bookId} />
        <Failure error={error} retry={() => void refetch()} />
      </>
    );
  return (
    <>
      <div class="stack">
        <Title text={book?.title ?? bookId} />
        {book && <Facts book={book} />}
        {isAway && <p class="notice wait">{m.book.unread}</p>}
      </div>
      <ReservationPanel bookId={bookId} />
      {book && (
        <div class="columns">
          <Counts book={book} />
          <Copies bookId={bookId} />
        </div>
      )}
    </>
  );
}

function Facts({ book: { authors, year, isbn } }: { book: Book }) {
  const facts = [
    authors.length > 0 && text(m.book.by, { authors: authors.join(', ') }),
    year !== null && String(year),
    isbn !== null && text(m.book.isbn, { isbn }),
  ];
  return <p class="soft">{facts.filter(Boolean).join(' · ')}</p>;
}

function Counts({ book: { bookId, copies, waiting } }: { book: Book }) {
  const facts = [
    [m.book.available, `${formatNumber(copies.available)} / ${formatNumber(copies.total)}`],
    [m.book.setAside, formatNumber(copies.reserved)],
    [m.book.onLoan, formatNumber(copies.onLoan)],
    [m.book.queue, formatNumber(waiting)],
    [m.book.wait, <ExpectedWait key="wait" bookId={bookId} />],
  ] as const;
  return (
    <dl class="card facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ExpectedWait({ bookId }: { bookId: string }) {
  const days = useForecast(bookId).data?.expectedWaitDays;
  if (days === undefined) return <>…</>;
  if (days === null) return <>{m.book.unknownWait}</>;
  return <>{days === 0 ? m.book.noWait : text(m.book.days, { count: Math.ceil(days) })}</>;
}

const TONES = { available: 'good', reserved: 'info', 'on-loan': 'wait', withdrawn: '' } as const;

function Copies({ bookId }: { bookId: string }) {
  const { card } = useSession();
  const { data } = useCopies(bookId);
  if (!data || data.items.length === 0) return null;
  return (
    <section class="card">
      <h2>{m.book.copies}</h2>
      <ul role="list" class="stack" aria-label={m.book.copies}>
        {data.items.map(({ copyId, status, userId }) => (
          <li key={copyId} class="row copy">
            <span class="code">{copyId}</span>
            <span class={`badge ${TONES[status]}`}>
              {m.book.copyStatus[status]}
              {userId !== null && userId === card && ` · ${m.book.yours}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
