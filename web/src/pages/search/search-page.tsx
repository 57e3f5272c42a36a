import { keepPreviousData, useInfiniteQuery } from '@tanstack/preact-query';
import { useId, useState, useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, call, type Book } from '../../api/client';
import { useSession } from '../../api/session';
import { m, text } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { useDebounced } from '../../ui/debounced';
import { More } from '../../ui/more';
import { Failure, Loading } from '../../ui/states';
import { Title } from '../../ui/title';
import './search.css';

function useSearch(words: string) {
  const { token } = useSession();
  return useInfiniteQuery({
    queryKey: ['books', words, token],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 20, ...(words && { search: words }), ...(pageParam && { cursor: pageParam }) };
      return call(api.GET('/v1/books', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The catalogue, searched as one types. The words stand in the address, so that the way back leads to the same list. */
export function SearchPage() {
  const [typed, setTyped] = useState(new URLSearchParams(location.search).get('q') ?? '');
  const words = useDebounced(typed.trim(), 150);
  const id = useId();
  useEffect(() => {
    const query = words ? `?${new URLSearchParams({ q: words })}` : '';
    history.replaceState(history.state, '', `/${query}`);
  }, [words]);
  return (
    <>
      <Title text={m.search.title} />
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <label for={id}>{m.search.label}</label>
        <input
          id={id}
          type="search"
          value={typed}
          maxLength={200}
          placeholder={m.search.hint}
          autocomplete="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </form>
      <Results words={words} />
    </>
  );
}

function Results({ words }: { words: string }) {
  const pages = useSearch(words);
  const { data, error, hasNextPage, refetch } = pages;
  if (!data) return error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />;
  const books = data.pages.flatMap(({ items }) => items);
  const count = text(m.search.results, { count: books.length });
  return (
    <section class="stack" aria-label={m.common.pages.search}>
      <p class="soft small" aria-live="polite">
        {books.length === 0
          ? words
            ? m.search.none
            : m.search.empty
          : hasNextPage
            ? text(m.search.manyResults, { count: books.length })
            : count}
      </p>
      <ul role="list" class="books">
        {books.map((book) => (
          <Item key={book.bookId} book={book} />
        ))}
      </ul>
      <More pages={pages} />
    </section>
  );
}

function Item({ book: { bookId, title, authors, year, copies, waiting } }: { book: Book }) {
  const about = [authors.join(', '), year].filter(Boolean).join(' · ');
  return (
    <li class="book">
      <div>
        <Link href={bookPath(bookId)}>{title}</Link>
        {about && <p class="soft small">{about}</p>}
      </div>
      <div class="row">
        {copies.available > 0 ? (
          <span class="badge good">{text(m.search.available, { count: copies.available })}</span>
        ) : (
          <span class="badge">{copies.total === 0 ? m.search.noCopies : m.search.allOut}</span>
        )}
        {waiting > 0 && <span class="badge wait">{text(m.search.waiting, { count: waiting })}</span>}
      </div>
    </li>
  );
}
