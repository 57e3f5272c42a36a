// Deletes from node_modules what no package that runs depends on. npm keeps what only a development dependency brought along as soon as
// a package that runs names it as an optional peer, as Prisma's client does with all of Prisma.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = process.cwd();
const manifestOf = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** Where Node finds a package that is required from a folder; undefined where it is not installed. */
function find(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (folder === root) return undefined;
  }
}

/** What has to be there for a package to run: not its optional peers. */
function neededBy({ dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return Object.keys({ ...dependencies, ...optionalDependencies }).concat(peers);
}

/** The folders of all packages below a `node_modules`. */
function installed(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    if (name.startsWith('.')) return [];
    const below = path.join(folder, name);
    if (name.startsWith('@')) return installed(below);
    return [below, ...installed(path.join(below, 'node_modules'))];
  });
}

const kept = new Set();
const open = [root];
while (open.length > 0) {
  const folder = open.pop();
  for (const name of neededBy(manifestOf(folder))) {
    const found = find(name, folder);
    if (found === undefined || kept.has(found)) continue;
    kept.add(found);
    open.push(found);
  }
}
const isKept = (folder) =>
  [...kept].some((each) => each === folder || each.startsWith(`${folder}${path.sep}`));
for (const folder of installed(path.join(root, 'node_modules')))
  if (existsSync(folder) && !isKept(folder)) rmSync(folder, { recursive: true });
