import { dirname } from 'node:path';
import type { Page } from './page';
import { Problem, problems } from './problem';
import { securePage } from './secure-page';

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>API documentation</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const SCRIPT = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
});
`;

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** A page that is always the same text. */
export function textPage(path: string, contentType: string, text: string): Page {
  return {
    path,
    respond(_request, response) {
      securePage(response);
      response.type(contentType).send(text);
    },
  };
}

type SendError = Error & { readonly status?: number };

function preconditionFailed(): Problem {
  return new Problem(
    problems.preconditionFailed,
    'The file is not the one that If-Match or If-Unmodified-Since names.',
  );
}

function filePage(folder: string, file: string): Page {
  return {
    path: `/docs/${file}`,
    respond(_request, response) {
      securePage(response);
      return new Promise((resolve, reject) => {
        // With a root, dots in the path of the folder do not make the file a hidden one.
        response.sendFile(file, { root: folder, maxAge: '1h', acceptRanges: false }, (error?: SendError) =>
          error ? reject(error.status === 412 ? preconditionFailed() : error) : resolve(),
        );
      });
    },
  };
}

/** `/openapi.json`, and `/docs` to read it in a browser. Every file comes from this server. */
export function docsPages(document: object): Page[] {
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  return [
    textPage('/openapi.json', 'application/json', JSON.stringify(document, null, 2)),
    textPage('/docs', 'text/html', HTML),
    { path: '/docs/', respond: (_request, response) => response.redirect(308, '/docs') },
    textPage('/docs/start.js', 'text/javascript', SCRIPT),
    ...FILES.map((file) => filePage(folder, file)),
  ];
}
