import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/**
 * `node bare-route.ts <port> <url> <token>`: asks the URL once, and from then on answers `GET /` with the bytes that came. What Hono and
 * Node take for a response of this size when nothing is done for it.
 */
const [, , port = '', url = '', token = ''] = process.argv;
const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
if (!response.ok) throw new Error(`${url} answered ${response.status}; there is nothing to repeat`);
const type = response.headers.get('content-type') ?? 'application/json';
const body = await response.text();

const app = new Hono();
app.get('/', (context) => context.body(body, 200, { 'content-type': type }));
app.get('/health', (context) => context.body(null, 200));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1', overrideGlobalObjects: false });
