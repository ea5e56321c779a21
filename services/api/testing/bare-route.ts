import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import pg from 'pg';
import { z } from 'zod';

/**
 * `node bare-route.ts <port> <url> <token> <database>`: asks the URL of a list of workspaces once. From then on `GET /` answers with
 * the bytes that came: what Hono and Node take for a response of this size when nothing is done for it. `GET /rows` reads the same
 * rows with the bare driver and answers with them as JSON: what they take when nothing but that is done.
 */
const [, , port = '', url = '', token = '', database = ''] = process.argv;
const ROWS = `select * from workspace where owner_id = (select owner_id from workspace where id = $1)
  and desired_status <> 'deleted' order by id desc limit 200`;
const POOL_CONNECTIONS = 20;

const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
if (!response.ok) throw new Error(`${url} answered ${response.status}; there is nothing to repeat`);
const type = response.headers.get('content-type') ?? 'application/json';
const body = await response.text();
const { items } = z.object({ items: z.array(z.object({ id: z.string() })).min(1) }).parse(JSON.parse(body));
const pool = new pg.Pool({ connectionString: database, max: POOL_CONNECTIONS });

const app = new Hono();
app.get('/', (context) => context.body(body, 200, { 'content-type': type }));
app.get('/rows', async (context) => {
  const { rows } = await pool.query(ROWS, [items[0]?.id]);
  return context.json({ items: rows });
});
app.get('/health', (context) => context.body(null, 200));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1', overrideGlobalObjects: false });
