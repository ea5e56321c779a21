import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import path from 'node:path';
import { daemonHealth } from '@podex/contracts/internal/daemon';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  BROKEN_HTTP,
  brokenConnections,
  HTTP2_FLOODS,
  HTTP2_PREFACE,
  http2Frame,
  http2Frames,
  mutatedHttp,
  webSocketFrame,
} from '../testing/hostile-bytes.ts';
import { hostileRequest } from '../testing/hostile-requests.ts';
import { type ProcessFigures, readProcessFigures } from '../testing/process-figures.ts';
import { sendRaw } from '../testing/raw-socket.ts';
import { DaemonProcess, until } from '../testing/test-daemon.ts';

const SEED = 20_261_127;
const AT_ONCE = 16;
const REQUEST_TIMEOUT_MS = 20_000;
const MEGABYTE = 1_048_576;
/** What Node keeps of memory that was used once. */
const MEMORY_SLACK_BYTES = 160 * MEGABYTE;
/** Connections that are kept alive, one for each request at a time, and what is loaded when first needed. */
const DESCRIPTOR_SLACK = AT_ONCE + 12;

let daemon: DaemonProcess;
let pid: number;
let linkPath: string;
let before: ProcessFigures;

beforeAll(async () => {
  daemon = await DaemonProcess.start();
  pid = daemon.pid ?? 0;
  linkPath = path.join(path.dirname(daemon.folders.socketPath), 'link.sock');
  await openTerminal();
  await daemon.client.send('GET', '/files?path=.');
  before = readProcessFigures(pid);
}, 30_000);

afterAll(() => daemon[Symbol.asyncDispose]());

/** It is the same process, responds, and has let go of what it was sent. */
afterEach(async () => {
  expect((await daemon.client.send('GET', '/health')).json(daemonHealth).ok).toBe(true);
  expect(daemon.pid).toBe(pid);
  await closeTerminals();
  await until(() => readProcessFigures(pid).descriptors <= before.descriptors + DESCRIPTOR_SLACK);
  expect(readProcessFigures(pid).memoryBytes).toBeLessThan(before.memoryBytes + MEMORY_SLACK_BYTES);
});

/** A body that is not wanted may be cut off while it is still being written. */
function ifCutOff(error: unknown): { status: number } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EPIPE' && code !== 'ECONNRESET') throw error;
  return { status: 400 };
}

async function openTerminal(): Promise<string> {
  const response = await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } });
  return JSON.parse(response.body.toString()).id;
}

async function closeTerminals(): Promise<void> {
  const { items } = JSON.parse((await daemon.client.send('GET', '/terminals')).body.toString());
  for (const { id } of items) await daemon.client.send('DELETE', `/terminals/${id}`);
}

function openLink(): ClientHttp2Session {
  const session = connectHttp2('http://link', { createConnection: () => connect(linkPath) });
  return session.on('error', () => undefined);
}

function askOver(session: ClientHttp2Session, authority = 'daemon:0'): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'CONNECT', ':authority': authority });
    stream.once('response', (headers) => resolve(String(headers[':status'])));
    stream.once('error', () => resolve('refused'));
    stream.once('close', () => resolve('refused'));
  });
}

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const turn = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
}

const sample = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number) =>
  fc.sample(arbitrary, { seed: SEED, numRuns });

describe('the daemon that is sent nonsense', { timeout: 60_000 }, () => {
  it('in every part of requests to every route responds with an error of its own, or does as it is told', async () => {
    const failed: string[] = [];
    await inTurns(sample(hostileRequest, 600), async ({ method, path: target, ...rest }) => {
      const options = { headers: rest.headers, ...(rest.body === undefined ? {} : { body: rest.body }) };
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const sent = daemon.client.send(method, target, { ...options, signal });
      const { status } = await sent.catch(ifCutOff);
      if (status >= 500)
        failed.push(`${status} ${method} ${target.slice(0, 300)} ${JSON.stringify(rest).slice(0, 300)}`);
    });
    expect(failed).toEqual([]);
  });

  it('as HTTP/1.1 on its socket closes the connection, or says what is wrong', async () => {
    const all = [...BROKEN_HTTP, ...sample(mutatedHttp, 400)];
    await inTurns(all, async (bytes) => {
      const response = await sendRaw(daemon.folders.socketPath, [bytes]);
      expect(response.toString('latin1', 0, 9)).toMatch(/^(|HTTP\/1\.1 )$/);
    });
  });

  it('as HTTP/2 on the socket of links ends that link alone', async () => {
    const lists = [...sample(http2Frames, 300), ...sample(brokenConnections, 60)];
    const frames = lists.map((list) => [HTTP2_PREFACE, http2Frame(4), ...list]);
    const floods = HTTP2_FLOODS.map((flood) => [HTTP2_PREFACE, http2Frame(4), flood]);
    const raw = sample(mutatedHttp, 30).map((bytes) => [bytes]);
    const other = openLink();
    expect(await askOver(other)).toBe('200');
    await inTurns([...frames, ...floods, ...raw], (parts) => sendRaw(linkPath, parts));
    expect(await askOver(other)).toBe('200');
    other.destroy();
  });

  it('as the name of what a link is to reach reaches nothing', async () => {
    const session = openLink();
    const odd = [
      '',
      ' ',
      'daemon',
      'daemon:1',
      'daemon:0 ',
      'DAEMON:0',
      'localhost',
      'localhost:',
      'localhost:0',
    ];
    const odder = [
      'localhost:65536',
      'localhost:00022x',
      'localhost:-1',
      'localhost:22@daemon:0',
      '[::1]:22',
      '0:22',
    ];
    const far = [
      '127.0.0.1:22',
      'example.org:80',
      '169.254.169.254:80',
      'unix:/run/x',
      'localhost:1e3',
      'é:1',
    ];
    const statuses = await Promise.all([...odd, ...odder, ...far].map((name) => askOver(session, name)));
    session.destroy();
    expect(new Set(statuses)).toEqual(new Set(['403', 'refused']));
  });

  it('as frames of a WebSocket closes it, and the terminal goes on', async () => {
    const id = await openTerminal();
    const handshake = (how: string) =>
      Buffer.from(
        `GET /terminals/${id}/${how} HTTP/1.1\r\nHost: daemon\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
    const streams = sample(fc.array(webSocketFrame, { minLength: 1, maxLength: 8 }), 200);
    await inTurns(streams, async (frames) => {
      const how = frames.length % 2 === 0 ? 'attach' : 'watch';
      const response = await sendRaw(daemon.folders.socketPath, [handshake(how), ...frames]);
      expect(response.toString('latin1', 0, 12)).toBe('HTTP/1.1 101');
    });
    const { items } = JSON.parse((await daemon.client.send('GET', '/terminals')).body.toString());
    expect(items).toMatchObject([{ id, status: 'running' }]);
  });
});
