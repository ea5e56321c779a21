import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FileEntry, FileListing } from '@podex/contracts/files';
import { QueryClient } from '@tanstack/react-query';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { directoryQuery } from './directories.ts';

const FILES = 6_000;

const entryOf = (name: string): FileEntry => ({
  name,
  path: `/home/dev/many/${name}`,
  type: 'file',
  size: 0,
  mode: 0o644,
  modified_at: '2026-01-01T00:00:00.000Z',
  etag: '"1"',
});
const entries = Array.from({ length: FILES }, (_, index) => entryOf(String(index)));

/** Of api: a folder by pages. What it is asked is held back until it is let go. */
let server: Server;
let asked: (() => void)[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://api');
    const start = Number(searchParams.get('after') ?? 0);
    const end = start + Number(searchParams.get('limit'));
    const next = end < FILES ? String(end) : null;
    const page: FileListing = { entry: entryOf('many'), children: entries.slice(start, end), next };
    asked.push(() => response.setHeader('content-type', 'application/json').end(JSON.stringify(page)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubGlobal('window', {
    __PODEX_ENV: { apiUrl: `http://127.0.0.1:${port}`, wsUrl: null, apiPort: port },
  });
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

async function letGo(): Promise<void> {
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  const [answer] = asked;
  asked = [];
  answer?.();
}

it('shows the first page soon, and the whole although it is asked again in between', async () => {
  const client = new QueryClient();
  const query = directoryQuery('ws_x', '/home/dev/many');
  const shown = () => client.getQueryData(query.queryKey)?.children.length;
  client.fetchQuery(query).catch(() => undefined);
  await letGo();
  await vi.waitFor(() => expect(shown()).toBe(500));
  await letGo();
  await vi.waitFor(() => expect(shown()).toBe(2_500));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await client.cancelQueries({ queryKey: query.queryKey });
  asked = [];
  const whole = client.fetchQuery({ ...query, staleTime: 0 });
  for (let pages = 0; pages < 4; pages += 1) {
    await letGo();
    expect(shown()).toBeGreaterThanOrEqual(2_500);
  }
  expect((await whole).children).toHaveLength(FILES);
  // Nothing in it was made or removed since: its first page tells.
  const again = client.fetchQuery({ ...query, staleTime: 0 });
  await letGo();
  expect((await again).children).toHaveLength(FILES);
  expect(asked).toEqual([]);
});
