import { createServer, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import { Background } from '@podex/service-kit/background';
import { keyListVariable } from '@podex/service-kit/key-list';
import { createLogger } from '@podex/service-kit/logger';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { ApiDouble } from '../../testing/api-double.ts';
import { createApiClient } from '../api/api-client.ts';
import { DatabaseClock } from '../api/database-clock.ts';
import { ContainerIndex } from '../containers/container-index.ts';
import { openEngine } from '../docker/engine.ts';
import type { PreflightReport } from './server-health.ts';
import type { CheckedServer, ServerMonitor } from './server-monitor.ts';
import { ServerRegistry } from './server-registry.ts';

const CALL_TIMEOUT_MS = 150;
const SEEN_WITHIN_MS = 30_000;
/** 15 seconds, and what a machine adds that runs other tests besides. */
const BUSY_MACHINE_MS = 22_000;
const IMAGE = JSON.stringify({ Id: 'sha256:1', Architecture: 'amd64', Os: 'linux' });

/** How the engine behaves to everything but pings. */
type Mood = 'well' | 'silent' | 'one byte at a time';

let mood: Mood;
let isCut: boolean;
let calls: number;
let listings: number;
let ended: string[];
let events: ServerResponse | undefined;
let engine: Server;
let api: ApiDouble;
let background: Background;
let registry: ServerRegistry;
let id: ServerId;

function respond(url: string, response: ServerResponse): void {
  if (isCut) return;
  if (url.startsWith('/_ping')) return void response.end('OK');
  if (url.startsWith('/events')) {
    events = response;
    return void response.writeHead(200).flushHeaders();
  }
  calls += 1;
  if (mood === 'silent') return;
  if (url.startsWith('/containers')) {
    listings += 1;
    return void response.end('[]');
  }
  if (mood === 'well') return void response.end(IMAGE);
  const drip = setInterval(() => response.write(' '), 10);
  response.once('close', () => clearInterval(drip));
}

/** What the double has: one call. */
async function lookOnly({ open }: CheckedServer, signal: AbortSignal): Promise<PreflightReport> {
  const engineNow = await open();
  try {
    await engineNow.findImage('probe', { signal, timeoutMs: CALL_TIMEOUT_MS });
    return { outcome: 'ready', reason: null, checks: [], facts: null };
  } catch (error) {
    return { outcome: 'unreachable', reason: String(error), checks: [], facts: null };
  }
}

beforeEach(async () => {
  [mood, isCut, calls, listings, ended, events] = ['well', false, 0, 0, [], undefined];
  const socket = path.join(temporaryFolder('engine'), 'docker.sock');
  engine = createServer((request, response) => respond(request.url ?? '', response));
  await new Promise<void>((resolve) => engine.listen(socket, resolve));
  api = await ApiDouble.start();
  id = api.addServer({ name: 'ws-1', docker_socket: socket });
  const logger = createLogger({ service: 'test', level: 'silent' });
  background = new Background(logger);
  registry = new ServerRegistry({
    openEngine: (identity, breaker) => openEngine(identity, { breaker }),
    preflight: lookOnly,
    api: createApiClient({ baseUrl: api.baseUrl, tokens: keyListVariable.parse(api.token), workerId: 'one' }),
    databaseClock: new DatabaseClock(),
    index: new ContainerIndex(),
    onContainerEnd: (containerId) => ended.push(containerId),
    onOutOfMemory: () => undefined,
    onClaimed: () => undefined,
    knowsPaused: () => true,
    onReady: () => undefined,
    background,
    logger,
    registerLocal: undefined,
  });
  registry.start();
  await api.untilServer(id, 'ready', SEEN_WITHIN_MS);
});

afterEach(async () => {
  await background.stop();
  registry.stop();
  await api.stop();
  engine.closeAllConnections();
  await new Promise((resolve) => engine.close(resolve));
});

async function monitor(): Promise<ServerMonitor> {
  return registry.get(id);
}

/** As many as open the breaker. */
async function failFiveCalls(): Promise<void> {
  const open = await (await monitor()).engine();
  const images = ['a', 'b', 'c', 'd', 'e'];
  const ended = await Promise.allSettled(
    images.map((name) => open.findImage(name, { timeoutMs: CALL_TIMEOUT_MS })),
  );
  expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
}

describe('a server whose engine responds to pings and to nothing else', { timeout: 60_000 }, () => {
  it.each(['silent', 'one byte at a time'] as const)(
    'is asked one thing at a time (%s), gets no work, says why, and comes back by itself',
    async (how) => {
      const open = await (await monitor()).engine();
      mood = how;
      await failFiveCalls();
      const before = calls;
      const startedAt = performance.now();
      const refused = await Promise.allSettled(
        Array.from({ length: 100 }, (_, index) => open.findImage(`image-${index}`)),
      );
      // None of them waited for the engine.
      expect(performance.now() - startedAt).toBeLessThan(CALL_TIMEOUT_MS * 4);
      expect(calls - before).toBeLessThanOrEqual(2);
      const errors = refused.map((one) => (one.status === 'rejected' ? one.reason : undefined));
      const heldBack = errors.find((error) => PodexError.has(error, 'server_unreachable'));
      expect(heldBack?.message).toMatch(/calls to it are held back.*restart the engine when it hangs/);
      expect(heldBack?.context.retry_after_seconds).toBeGreaterThanOrEqual(1);

      const seen = await api.untilServer(id, 'unreachable', SEEN_WITHIN_MS);
      expect(seen.checks.find(({ name }) => name === 'calls')).toMatchObject({ ok: false });
      const asked = calls;
      await expect((await monitor()).engine()).rejects.toThrow();
      expect(calls).toBe(asked);

      mood = 'well';
      const back = await api.untilServer(id, 'ready', 60_000);
      expect(back.checks.find(({ name }) => name === 'calls')).toBeUndefined();
      expect((await monitor()).calls).toBe('closed');
    },
  );
});

describe('a server that is cut off', { timeout: 60_000 }, () => {
  it('is unreachable within 15 seconds, and ready again as soon as it is back', async () => {
    isCut = true;
    const cutAt = performance.now();
    await api.untilServer(id, 'unreachable', SEEN_WITHIN_MS);
    expect(performance.now() - cutAt).toBeLessThan(BUSY_MACHINE_MS);
    isCut = false;
    engine.closeAllConnections();
    const healedAt = performance.now();
    await api.untilServer(id, 'ready', SEEN_WITHIN_MS);
    expect(performance.now() - healedAt).toBeLessThan(10_000);
  });

  it('is given up in time also while its check goes on that somebody asked for', async () => {
    isCut = true;
    const cutAt = performance.now();
    api.raiseVersion(id);
    await api.untilServer(id, 'unreachable', SEEN_WITHIN_MS);
    expect(performance.now() - cutAt).toBeLessThan(BUSY_MACHINE_MS);
  });
});

describe('a server on which much happens at once', { timeout: 60_000 }, () => {
  it('is listed a few times, and not for each event', async () => {
    const open = async () => (api.snapshots.has(id) ? events : undefined);
    const stream = await waitUntil(open, { timeoutMs: SEEN_WITHIN_MS, everyMs: 10 });
    const before = listings;
    const line = (Action: string, index: number) =>
      `${JSON.stringify({ Action, Actor: { ID: `c${index}` } })}\n`;
    const starts = Array.from({ length: 500 }, (_, index) => line('start', index));
    stream.write([...starts, line('die', 0)].join(''));
    // The last of them has been seen.
    await waitUntil(async () => ended.at(-1), { timeoutMs: SEEN_WITHIN_MS, everyMs: 10 });
    expect(listings - before).toBeLessThan(20);
  });
});
