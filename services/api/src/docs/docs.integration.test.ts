import { expect, it } from 'vitest';
import { setUpApi } from '../../testing/set-up.ts';

const api = setUpApi();

it('serves the API document and a page to browse it, from its own origin alone', async () => {
  const document = await api().ask('GET', '/api/openapi.json');
  expect(document.body).toMatchObject({ openapi: '3.1.0', paths: { '/api/workspaces': expect.anything() } });
  const page = await api().ask('GET', '/api/docs');
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]: string[]) => url ?? '');
  expect(assets).toHaveLength(4);
  for (const asset of assets) {
    expect(asset).toMatch(/^\/api\/docs\//);
    expect((await api().ask('GET', asset)).status).toBe(200);
  }
  expect((await api().ask('GET', '/api/docs/package.json')).status).toBe(404);
  expect((await api().ask('GET', '/api/docs/..%2Fpackage.json')).status).toBe(404);
});
