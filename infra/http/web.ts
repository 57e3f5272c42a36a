import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';
import { accepts } from './accept';
import type { Page } from './page';
import { Problem, problems } from './problem';
import { secureWebPage } from './secure-page';

export interface WebOptions {
  /** Where the build of the page is: `index.html`, `assets/`, and what is served beside them. */
  readonly folder: string;
  /** The paths that the page knows itself, as OpenAPI writes them. All of them are answered with `index.html`. */
  readonly paths: readonly string[];
  /** The languages of the page. The first one is for whoever wants none of them. */
  readonly languages: readonly string[];
  /** What the page is told of the server: attributes `data-…` of its root. */
  readonly told: Readonly<Record<string, string>>;
}

interface WebFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Absent: it does not get smaller. */
  readonly zipped?: Buffer;
}

/** Names of assets change with their content. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_AN_HOUR = 'public, max-age=3600';
/** Text of less than this is sent as it is, in bytes. */
const WORTH_ZIPPING = 1_000;
const ZIPPED_TYPES = /\.(js|css|html|svg|json|webmanifest)$/;

function fileOf(name: string, bytes: Buffer): WebFile {
  const zips = ZIPPED_TYPES.test(name) && bytes.length > WORTH_ZIPPING;
  return { type: name.slice(name.lastIndexOf('.')), bytes, ...(zips && { zipped: gzipSync(bytes) }) };
}

function sendFile(request: Request, response: Response, { type, bytes, zipped }: WebFile): void {
  response.type(type);
  if (zipped) response.vary('accept-encoding');
  if (!zipped || request.acceptsEncodings('gzip') !== 'gzip') return void response.send(bytes);
  response.set('content-encoding', 'gzip').send(zipped);
}

function assetPage(path: string, file: WebFile, cacheControl: string): Page {
  return {
    path,
    respond(request, response) {
      secureWebPage(response);
      response.set('cache-control', cacheControl);
      sendFile(request, response, file);
    },
  };
}

/** The HTML in one language. */
function inLanguage(html: string, language: string, told: WebOptions['told']): WebFile {
  const attributes = Object.entries({ lang: language, ...prefixed(told) });
  const text = attributes.map(([name, value]) => ` ${name}="${value.replace(/[&"<]/g, '')}"`).join('');
  return fileOf('index.html', Buffer.from(html.replace(/<html[^>]*>/, `<html${text}>`)));
}

const prefixed = (told: WebOptions['told']) =>
  Object.fromEntries(Object.entries(told).map(([name, value]) => [`data-${name}`, value]));

function indexPage(path: string, variants: ReadonlyMap<string, WebFile>): Page {
  const languages = [...variants.keys()];
  const tags = new Map([...variants].map(([language, { bytes }]) => [language, tagOf(bytes)]));
  return {
    path,
    respond(request, response) {
      if (!accepts(request.headers.accept, 'text/html'))
        throw new Problem(problems.notAcceptable, 'The answer is text/html, which "accept" excludes.');
      const language = request.acceptsLanguages(languages) || languages[0]!;
      secureWebPage(response);
      response.vary('accept, accept-language').set({
        'cache-control': 'no-cache',
        'content-language': language,
        etag: tags.get(language)!,
      });
      if (request.fresh) return void response.status(304).end();
      sendFile(request, response, variants.get(language)!);
    },
  };
}

const tagOf = (bytes: Buffer) => `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`;

function redirectPage(from: string, to: string): Page {
  return { path: from, respond: (_request, response) => response.redirect(308, to) };
}

/**
 * The page for people, and its files, for everybody. All of it is read into memory now: a build that replaces the files leaves those
 * of a running process as they were.
 * @returns undefined where it has not been built
 */
export function webPages({ folder, paths, languages, told }: WebOptions): Page[] | undefined {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return undefined;
  const html = readFileSync(index, 'utf8');
  const variants = new Map(languages.map((language) => [language, inLanguage(html, language, told)]));
  const filesIn = (part: string) =>
    readdirSync(join(folder, part), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !(part === '' && entry.name === 'index.html'))
      .map(({ name }) => ({ name, file: fileOf(name, readFileSync(join(folder, part, name))) }));
  return [
    ...paths.map((path) => indexPage(path, variants)),
    ...paths.filter(isPlain).map((path) => redirectPage(`${path}/`, path)),
    ...filesIn('assets').map(({ name, file }) => assetPage(`/assets/${name}`, file, FOR_EVER)),
    ...filesIn('').map(({ name, file }) => assetPage(`/${name}`, file, FOR_AN_HOUR)),
  ];
}

const isPlain = (path: string) => path !== '/' && !path.includes('{');
