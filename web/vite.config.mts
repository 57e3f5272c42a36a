import { defineConfig } from 'vite';

/** The API that `npx vite web` gets its data from. */
const API = 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The page's policy allows no data: URLs.
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: false,
  },
  // The rules of the domain, which replays of a book's life go by, are outside of this folder.
  server: { fs: { allow: ['..'] }, proxy: { '/v1': API, '/openapi.json': API, '/docs': API } },
});
