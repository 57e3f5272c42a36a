import { Link, useRoute } from 'wouter-preact';
import { m } from '../i18n/i18n';
import { paths } from '../routes';
import { Who } from './who';

const LINKS = [
  [paths.search, m.common.pages.search],
  [paths.me, m.common.pages.me],
  [paths.desk, m.common.pages.desk],
  [paths.stream, m.common.pages.stream],
  [paths.how, m.common.pages.how],
] as const;

function NavLink({ path, name }: { path: string; name: string }) {
  const [isHere] = useRoute(path);
  return (
    <li>
      <Link href={path} {...(isHere && { 'aria-current': 'page' as const })}>
        {name}
      </Link>
    </li>
  );
}

/** The head of every page: where one can go, and who one is. */
export function Bar() {
  return (
    <header class="bar">
      <div>
        <nav aria-label={m.common.navigation}>
          <ul>
            {LINKS.map(([path, name]) => (
              <NavLink key={path} path={path} name={name} />
            ))}
            <li>
              <a href="/docs">{m.common.pages.docs}</a>
            </li>
          </ul>
        </nav>
        <Who />
      </div>
    </header>
  );
}
