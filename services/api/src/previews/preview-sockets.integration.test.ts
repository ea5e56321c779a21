import { once } from 'node:events';
import { createServer } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { RawClient } from '../../../../packages/service-kit/testing/raw-client.ts';
import { PreviewScene } from '../../testing/preview-scene.ts';

const scene = new PreviewScene();
const PORT = 6000;
const COMPRESSED = 6001;
const RAW = 6002;
const CLOSE = 0x88;
const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function startEcho(port: number, options: { perMessageDeflate: boolean | { threshold: number } }) {
  const server = createServer();
  new WebSocketServer({ server, ...options }).on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  await scene.serve(port, server);
  await scene.setPort(port, { access: 'public' });
}

beforeAll(async () => {
  await startEcho(PORT, { perMessageDeflate: false });
  await startEcho(COMPRESSED, { perMessageDeflate: { threshold: 0 } });
});

/** A frame as a client sends it, with a mask that changes every byte. */
function frame(first: number, payload: Buffer | string, { isMasked = true } = {}): Buffer {
  const body = Buffer.from(payload);
  const mask = isMasked ? Buffer.from([0x55, 0xaa, 0x0f, 0xf0]) : Buffer.alloc(0);
  const masked = isMasked ? body.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : body;
  return Buffer.concat([Buffer.from([first]), lengthOf(body.length, isMasked), mask, masked]);
}

function lengthOf(length: number, isMasked: boolean): Buffer {
  const flag = isMasked ? 0x80 : 0;
  if (length < 126) return Buffer.from([flag | length]);
  const extended = Buffer.alloc(length < 65_536 ? 3 : 9);
  extended[0] = flag | (length < 65_536 ? 126 : 127);
  if (length < 65_536) extended.writeUInt16BE(length, 1);
  else extended.writeBigUInt64BE(BigInt(length), 1);
  return extended;
}

const closeFrame = (code: number, reason = '') => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(CLOSE, Buffer.concat([payload, Buffer.from(reason)]));
};

/** All that comes back until the connection ends, from the program itself or through its preview. */
async function talk(to: 'program' | 'preview', frames: readonly Buffer[], inPieces = false): Promise<Buffer> {
  const own = Number(new URL(scene.api().baseUrl).port);
  using client = new RawClient(to === 'program' ? (scene.compute.ports.get(PORT) ?? 0) : own);
  client.send(`GET / HTTP/1.1\r\nHost: ${scene.host(PORT)}\r\n${HANDSHAKE}`);
  const head = await client.until((got) => got.includes('\r\n\r\n'));
  const bytes = Buffer.concat(frames);
  const text = bytes.toString('latin1');
  for (const piece of inPieces ? text : [text]) client.send(piece);
  return Buffer.from((await client.closed()).slice(head.indexOf('\r\n\r\n') + 4), 'latin1');
}

const bye = closeFrame(1000);
const echoed = (first: number, payload: string | Buffer) => frame(first, payload, { isMasked: false });
const closed = (code: number, reason = '') => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return echoed(CLOSE, Buffer.concat([payload, Buffer.from(reason)]));
};

describe('frames of a client', () => {
  it.each<[title: string, sent: Buffer[], answered: Buffer[]]>([
    ['a text', [frame(0x81, 'héllo'), bye], [echoed(0x81, 'héllo'), closed(1000)]],
    ['nothing', [frame(0x82, ''), bye], [echoed(0x82, ''), closed(1000)]],
    ...[125, 126, 127, 65_535, 65_536, 1_000_000].map((length): [string, Buffer[], Buffer[]] => [
      `${length} bytes`,
      [frame(0x82, Buffer.alloc(length, 'podex')), bye],
      [echoed(0x82, Buffer.alloc(length, 'podex')), closed(1000)],
    ]),
    [
      'fragments around a ping',
      [frame(0x01, 'on'), frame(0x89, 'are you there'), frame(0x00, 'e '), frame(0x80, 'text'), bye],
      [echoed(0x8a, 'are you there'), echoed(0x81, 'one text'), closed(1000)],
    ],
    ['a close with a code of its own', [closeFrame(4321, 'over')], [closed(4321, 'over')]],
    ['a close without a code', [frame(CLOSE, '')], [echoed(CLOSE, '')]],
    ['text that is no UTF-8', [frame(0x81, Buffer.from([0xc3, 0x28]))], [closed(1007)]],
    ['a reason that is no UTF-8', [frame(CLOSE, Buffer.from([0x03, 0xe8, 0xc3, 0x28]))], [closed(1007)]],
    ['an opcode that is not defined', [frame(0x83, 'x')], [closed(1002)]],
    ['a control opcode that is not defined', [frame(0x8b, 'x')], [closed(1002)]],
    ['a reserved bit', [frame(0xc1, 'x')], [closed(1002)]],
    ['a frame without a mask', [frame(0x81, 'x', { isMasked: false })], [closed(1002)]],
    ['a fragment of nothing', [frame(0x80, 'x')], [closed(1002)]],
    ['a fragmented ping', [frame(0x09, 'x')], [closed(1002)]],
    ['a ping that is too long', [frame(0x89, 'x'.repeat(126))], [closed(1002)]],
    ['a code that may not be sent', [closeFrame(1005)], [closed(1002)]],
    ['half a code', [frame(CLOSE, 'x')], [closed(1002)]],
  ])('reach the program as they are: %s', async (_title, sent, answered) => {
    const [direct, through] = await Promise.all([talk('program', sent), talk('preview', sent)]);
    expect(through.equals(direct)).toBe(true);
    expect(through.equals(Buffer.concat(answered))).toBe(true);
  });

  it('reach it byte by byte as well', async () => {
    const sent = [frame(0x01, 'a '), frame(0x80, 'b'), bye];
    expect(
      (await talk('preview', sent, true)).equals(Buffer.concat([echoed(0x81, 'a b'), closed(1000)])),
    ).toBe(true);
  });
});

describe('frames of a program', () => {
  it.each<[title: string, bytes: Buffer]>([
    ['a close with a code of its own', closed(4001, 'bye')],
    ['an opcode that is not defined', echoed(0x83, 'x')],
    ['text that is no UTF-8', echoed(0x81, Buffer.from([0xff]))],
    ['what is no frame', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')],
  ])('reach the client as they are, and end with it: %s', async (_title, bytes) => {
    const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
    const head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
    await scene.sayRaw(RAW, Buffer.concat([Buffer.from(head), bytes]));
    await scene.setPort(RAW, { access: 'public' });
    using client = new RawClient(Number(new URL(scene.api().baseUrl).port));
    client.send(`GET / HTTP/1.1\r\nHost: ${scene.host(RAW)}\r\n${HANDSHAKE}`);
    const got = await client.closed();
    expect(got.slice(got.indexOf('\r\n\r\n') + 4)).toBe(bytes.toString('latin1'));
  });
});

describe('messages', () => {
  it('go compressed where both agree, and come back whole', async () => {
    const socket = scene.browser().socket(scene.host(COMPRESSED));
    await once(socket, 'open');
    expect(socket.extensions).toContain('permessage-deflate');
    for (const length of [0, 1, 65_536, 3_000_000]) {
      const sent = Buffer.from(Array.from({ length }, (_, at) => (at * at) % 251));
      const back = once(socket, 'message');
      socket.send(sent);
      expect(sent.equals((await back)[0])).toBe(true);
    }
    socket.close(1000, 'done');
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([1000, 'done']);
  });
});
