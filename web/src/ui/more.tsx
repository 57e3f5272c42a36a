import { m } from '../i18n/i18n';

interface Pages {
  readonly hasNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

/** The button below a list that has another page; nothing where there is none. */
export function More({ pages: { hasNextPage, fetchNextPage } }: { pages: Pages }) {
  if (!hasNextPage) return null;
  return (
    <div>
      <button type="button" onClick={() => void fetchNextPage()}>
        {m.common.more}
      </button>
    </div>
  );
}
