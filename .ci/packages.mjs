// Part of `make lint`: every package of package-lock.json is taken from the registry, and from nowhere else, is known by its SHA-512,
// and has a licence under which it may be used here.
import { readFileSync } from 'node:fs';

const LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);
/** Where the lockfile does not say it, or in words of its own: looked up by hand. elkjs and @visx/vendor come with Prisma's studio. */
const LOOKED_UP = new Map(
  Object.entries(JSON.parse(readFileSync(new URL('licences.json', import.meta.url)))),
);

/** Of packages that only build or test: nothing of them is given to anybody. */
const FINE_FOR_TOOLS = ['MPL-2.0'];
const isAllowed = (name, licence, isTool) =>
  licence === undefined
    ? LOOKED_UP.has(name)
    : isFine(licence) || LOOKED_UP.get(name) === licence || (isTool && FINE_FOR_TOOLS.includes(licence));
/** `(MIT OR X)`: one of them will do; `A AND B`: both have to. */
const isFine = (licence) =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((each) => each.split(' AND ').every((one) => LICENCES.has(one)));

/** npm writes no hash for tools of platforms other than the one on which the lockfile was made. */
const isForeignTool = ({ dev, optional, os, integrity }) => dev && optional && os && integrity === undefined;

function wrongOf([path, entry]) {
  const { resolved, integrity = '', license, link, inBundle, dev } = entry;
  const name = path.replace(/^.*node_modules\//, '');
  // Which registry is a setting; a package from elsewhere would have an address here.
  if (link || resolved !== undefined) return `${name}: is not from the registry`;
  if (!inBundle && !isForeignTool(entry) && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
    return `${name}: has no SHA-512`;
  if (isAllowed(name, license, dev)) return undefined;
  return `${name}: its licence is ${license ?? 'not known'}`;
}

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url)));
const wrong = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(wrongOf)
  .filter((each) => each !== undefined);
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
