import { useQueryClient } from '@tanstack/preact-query';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { Route, Switch } from 'wouter-preact';
import { useSession } from './api/session';
import { Bar } from './ui/bar';
import { NotFound } from './ui/not-found';
import { Loading } from './ui/states';
import { Offline } from './ui/offline';
import { m } from './i18n/i18n';
import { BookPage } from './pages/book/book-page';
import { MePage } from './pages/me/me-page';
import { SearchPage } from './pages/search/search-page';
import { paths } from './routes';

// Readers need none of these: they are loaded when somebody goes there.
const DeskPage = lazy(() => import('./pages/desk/desk-page'));
const StreamPage = lazy(() => import('./pages/stream/stream-page'));
const HowPage = lazy(() => import('./pages/how/how-page'));

/** Whoever signs in or out sees what is theirs, and nothing of whoever was here before. */
function useOwnData() {
  const { token } = useSession();
  const queries = useQueryClient();
  const of = useRef(token);
  useEffect(() => {
    if (of.current === token) return;
    of.current = token;
    void queries.resetQueries();
  }, [token]);
}

export function App() {
  useOwnData();
  return (
    <>
      <a class="skip" href="#content">
        {m.common.skip}
      </a>
      <Bar />
      <main id="content" tabIndex={-1}>
        <Offline />
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path={paths.search} component={SearchPage} />
            <Route path={paths.book}>{({ bookId }) => <BookPage key={bookId} bookId={bookId} />}</Route>
            <Route path={paths.me} component={MePage} />
            <Route path={paths.desk} component={DeskPage} />
            <Route path={paths.stream} component={StreamPage} />
            <Route path={paths.how} component={HowPage} />
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </main>
    </>
  );
}
