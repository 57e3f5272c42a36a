import { join } from 'node:path';
import type { Page } from '../../infra/http/page';
import { webPages } from '../../infra/http/web';
import { projectRoot } from '../../infra/local/run';
import type { Logger } from '../../infra/logger';

/** The paths of the page (see `web/src/routes.ts`). */
const PATHS = ['/', '/books/{bookId}', '/me', '/desk', '/stream', '/how'];
const LANGUAGES = ['en', 'de'];

/** The page for people. @param auth how callers of the API authenticate: the page asks them accordingly */
export function webPagesFor(auth: string, logger: Logger): Page[] {
  const folder = join(projectRoot(), 'dist/web');
  const pages = webPages({ folder, paths: PATHS, languages: LANGUAGES, told: { auth } });
  if (!pages) logger.warn({ folder }, 'the page has not been built, and is not served: run make build');
  return pages ?? [];
}
