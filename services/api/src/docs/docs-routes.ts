import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildOpenApiDocument } from '@podex/contracts/openapi';
import type { ApiApp } from '../http/api-app.ts';

const ASSETS = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const ASSET_TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};
/** Scripts and styles of our own origin only; Swagger UI itself needs inline styles and data: images. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Podex API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#swagger-ui', deepLinking: true, withCredentials: true });
`;

/** The OpenAPI document and a page to browse it, all from our own origin. */
export function addDocsRoutes(app: ApiApp): void {
  const document = JSON.stringify(buildOpenApiDocument());
  app.get('/api/openapi.json', (context) => {
    return context.body(document, 200, { 'content-type': 'application/json' });
  });

  app.get('/api/docs', (context) => {
    context.header('content-security-policy', CONTENT_SECURITY_POLICY);
    // The door knows this page’s own requests by their `Referer`.
    context.header('referrer-policy', 'same-origin');
    return context.html(PAGE);
  });

  app.get('/api/docs/start.js', (context) => {
    return context.body(START, 200, { 'content-type': 'text/javascript; charset=utf-8' });
  });

  app.get('/api/docs/:asset', async (context) => {
    const asset = context.req.param('asset');
    const type = ASSET_TYPES[asset];
    if (type === undefined) return context.notFound();
    const content = await readFile(path.join(ASSETS, asset));
    return context.body(new Uint8Array(content), 200, {
      'content-type': type,
      'cache-control': 'public, max-age=3600',
    });
  });
}
