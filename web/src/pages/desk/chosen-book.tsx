import { useQuery } from '@tanstack/preact-query';
import { Link } from 'wouter-preact';
import { useBook, useCopies } from '../../api/books';
import { ApiError } from '../../api/client';
import { m, text } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { booksWith } from './use-desk';

interface Props {
  readonly bookId: string;
  readonly onBook: (bookId: string) => void;
  readonly onCopy: (copyId: string) => void;
}

const isId = (text: string) => /^[A-Za-z0-9._~-]{1,64}$/.test(text);

/** Which book the ID is that of, and its copies; for other words, the books that have them. */
export function ChosenBook({ bookId, onBook, onCopy }: Props) {
  if (bookId === '') return <p class="soft small">{m.desk.hint}</p>;
  return isId(bookId) ? (
    <Known bookId={bookId} onBook={onBook} onCopy={onCopy} />
  ) : (
    <Suggestions words={bookId} onBook={onBook} />
  );
}

function Known({ bookId, onBook, onCopy }: Props) {
  const { data: book, error } = useBook(bookId);
  if (error instanceof ApiError && error.status === 404)
    return <Suggestions words={bookId} onBook={onBook} />;
  if (!book) return <p class="soft small">{error ? m.common.unseen : m.common.loading}</p>;
  return (
    <div class="stack">
      <p>
        <Link href={bookPath(bookId)}>{book.title}</Link>{' '}
        <span class="soft small">
          {text(m.desk.counts, { available: book.copies.available, total: book.copies.total })}
          {book.waiting > 0 && ` · ${text(m.search.waiting, { count: book.waiting })}`}
        </span>
      </p>
      <Copies bookId={bookId} onCopy={onCopy} />
    </div>
  );
}

const TONES = { available: 'good', reserved: 'info', 'on-loan': 'wait', withdrawn: '' } as const;

function Copies({ bookId, onCopy }: Pick<Props, 'bookId' | 'onCopy'>) {
  const { data } = useCopies(bookId);
  if (!data || data.items.length === 0) return null;
  return (
    <ul role="list" class="row" aria-label={m.book.copies}>
      {data.items.map(({ copyId, status, userId }) => (
        <li key={copyId}>
          <button type="button" class="pick" onClick={() => onCopy(copyId)}>
            <span class="code">{copyId}</span>
            <span class={`badge ${TONES[status]}`}>
              {m.book.copyStatus[status]}
              {userId !== null && ` · ${userId}`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Suggestions({ words, onBook }: { words: string; onBook: (bookId: string) => void }) {
  const { data } = useQuery({
    queryKey: ['books', 'with', words],
    queryFn: () => booksWith(words.slice(0, 200)),
  });
  if (!data) return null;
  if (data.length === 0) return <p class="notice wait">{m.errors['unknown-book']}</p>;
  return (
    <div class="stack">
      <p class="soft small">{m.desk.didYouMean}</p>
      <ul role="list" class="stack">
        {data.map(({ bookId, title }) => (
          <li key={bookId}>
            <a
              href={`/desk?${new URLSearchParams({ book: bookId })}`}
              onClick={(event) => {
                event.preventDefault();
                onBook(bookId);
              }}
            >
              {title}
            </a>{' '}
            <span class="code soft">{bookId}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
