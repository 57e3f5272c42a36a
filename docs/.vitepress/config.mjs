// The manual as a site: `make docs`. Its pages are the same files that are read in the repository; what is not in the sidebar by name is
// listed under "More".
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const docs = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const GROUPS = {
  Learn: [
    'tour',
    'tutorials/first-reservation',
    'tutorials/consumer',
    'schemas',
    'tutorials/view',
    'tutorials/rebuild',
    'tutorials/fire-drill',
  ],
  'Look up': [
    'reference',
    'access',
    'events',
    'other-clients',
    'other-brokers',
    'command-line',
    'settings',
    'webhooks',
    'glossary',
  ],
  'Run it': [
    'operations',
    'security',
    'upgrading',
    'backup',
    'faults',
    'benchmarks',
    'scaling',
    'privacy',
    'threat-model',
  ],
  Understand: ['explanation', 'choosing-a-backbone', 'decisions/README'],
};

const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md') && !file.startsWith('.vitepress') && file !== 'index.md')
  .map((file) => file.replaceAll('\\', '/').slice(0, -'.md'.length));

const titleOf = (page) => /^# (.*)$/m.exec(readFileSync(path.join(docs, `${page}.md`), 'utf8'))?.[1] ?? page;
const linkTo = (page) => ({
  text: titleOf(page).replaceAll('`', ''),
  link: `/${page.replace(/README$/, '')}`,
});

const named = Object.values(GROUPS).flat();
const decisions = pages.filter((page) => /^decisions\/\d/.test(page)).sort();
const more = pages.filter((page) => !named.includes(page) && !decisions.includes(page)).sort();

/** Where a link of a page leads, as a path from the root of the repository. */
function targetOf(page, href) {
  // The first page is the README, whose links begin at the root.
  const folder = page === 'index.md' ? '' : path.posix.join('docs', path.posix.dirname(page));
  return path.posix.normalize(path.posix.join(folder, href));
}

/** Links within the manual become links of the site; those to files of the repository are shown by the path of the file. */
function siteLinks(markdown) {
  markdown.core.ruler.push('site-links', ({ tokens, env }) => {
    for (const { children } of tokens) {
      const open = [];
      for (const token of children ?? []) {
        if (token.type === 'link_open') open.push(relink(token, env.relativePath));
        else if (token.type === 'link_close' && !open.pop())
          Object.assign(token, { type: 'html_inline', content: '</span>' });
      }
    }
  });
}

/** @returns whether it is still a link */
function relink(token, page) {
  const href = token.attrGet('href');
  if (/^([a-z]+:|#)/.test(href)) return true;
  const [file, anchor] = targetOf(page, href).split('#');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (file === 'README.md') token.attrSet('href', `/${hash}`);
  else if (file.startsWith('docs/') && file.endsWith('.md'))
    token.attrSet('href', `/${file.slice('docs/'.length).replace(/README\.md$/, '')}${hash}`);
  else {
    Object.assign(token, { type: 'html_inline', content: `<span class="source" title="${file}">` });
    return false;
  }
  return true;
}

export default defineConfig({
  title: 'Library reservations',
  description: 'An event-streaming platform for library reservations: the manual',
  outDir: path.join(docs, '../.local/manual'),
  cacheDir: path.join(docs, '../.local/vitepress'),
  cleanUrls: true,
  // GitHub's anchors: the same links lead to the same headings there and here.
  markdown: { config: siteLinks, anchor: { slugify: anchorOf } },
  ignoreDeadLinks: [/^http:\/\/127\.0\.0\.1/],
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tour', link: '/tour' },
      { text: 'First reservation', link: '/tutorials/first-reservation' },
      { text: 'Settings', link: '/settings' },
      { text: 'Operations', link: '/operations' },
    ],
    sidebar: [
      { text: 'What it is', link: '/' },
      ...Object.entries(GROUPS).map(([text, items]) => ({ text, items: items.map(linkTo) })),
      { text: 'Decisions', collapsed: true, items: decisions.map(linkTo) },
      ...(more.length > 0 ? [{ text: 'More', items: more.map(linkTo) }] : []),
    ],
  },
});

function anchorOf(text) {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
