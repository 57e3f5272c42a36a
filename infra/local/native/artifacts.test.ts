import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot, run } from '../run';
import { fetchArtifacts, serverArtifacts, verifyJars, type Download } from './artifacts';

const sha = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('the servers without Maven', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'artifacts-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A repository in which each jar holds its own coordinates, and the archive one file. */
  const repository: Download = async (coordinates, into) => {
    const file = path.join(into, `downloaded-${sha(coordinates)}`);
    if (!coordinates.includes(':tar.gz:all:')) writeFileSync(file, coordinates);
    else await run('cp', [path.join(folder, 'archive.tar.gz'), file]);
    return file;
  };

  async function archive(): Promise<string> {
    mkdirSync(path.join(folder, 'in'));
    writeFileSync(path.join(folder, 'in', 'quarkus-run.jar'), 'the registry');
    await run('tar', ['-czf', path.join(folder, 'archive.tar.gz'), '-C', path.join(folder, 'in'), '.']);
    return sha(readFileSync(path.join(folder, 'archive.tar.gz')));
  }

  test('lie where Maven would have put them', async () => {
    const kafka = { 'a:one:1': sha('a:one:1'), 'b.c:two_2.13:2': sha('b.c:two_2.13:2') };
    await fetchArtifacts({ kafka, registry: { 'r:app:3': await archive() } }, folder, repository);
    expect(readdirSync(path.join(folder, 'kafka')).sort()).toEqual(['one-1.jar', 'two_2.13-2.jar']);
    expect(readFileSync(path.join(folder, 'registry/quarkus-run.jar'), 'utf8')).toBe('the registry');
    expect(readdirSync(folder).sort()).toEqual(['archive.tar.gz', 'in', 'kafka', 'registry']);
  });

  test('are refused when one of them was changed, whoever brought it', async () => {
    const kafka = { 'a:one:1': sha('a:one:1'), 'a:two:2': sha('something else') };
    const fetching = fetchArtifacts({ kafka, registry: {} }, folder, repository);
    await expect(fetching).rejects.toThrow('two-2.jar has another checksum');
    await expect(verifyJars(kafka, path.join(folder, 'kafka'))).rejects.toThrow('two-2.jar');
    const wrong = { kafka: {}, registry: { 'r:app:3': sha((await archive()) + 'x') } };
    await expect(fetchArtifacts(wrong, folder, repository)).rejects.toThrow('another checksum');
  });
});

test('the list of files has the versions of the pom', () => {
  const pom = readFileSync(path.join(projectRoot(), 'infra/local/native/pom.xml'), 'utf8');
  const { kafka, registry } = serverArtifacts();
  const part = (name: string) => `<${name}>([^<]+)</${name}>\\s*`;
  const wanted = [...pom.matchAll(new RegExp(part('groupId') + part('artifactId') + part('version'), 'g'))]
    .map(([, ...names]) => names.join(':'))
    .filter((name) => !name.startsWith('library:') && !name.includes('maven-'));
  expect(wanted.length).toBe(3);
  expect(Object.keys({ ...kafka, ...registry })).toEqual(expect.arrayContaining(wanted));
});
