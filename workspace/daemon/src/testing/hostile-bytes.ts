import fc from 'fast-check';

// Bytes that no client of ours sends. Nothing here names a path outside the folder of the test or runs as a command: what a hostile
// request may do to files is tried elsewhere, with the rights of the user.

const crlf = (...lines: string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
const HOST = 'Host: daemon';

/** HTTP/1.1 that is broken in a way of its own each. */
export const BROKEN_HTTP: readonly Buffer[] = [
  Buffer.from([0]),
  Buffer.from('\r\n\r\n\r\n'),
  Buffer.from('GET'),
  Buffer.from('GET /health HTTP/1.1\r\nHost: dae'),
  crlf('GET /health HTTP/1.1'),
  crlf('GET /health HTTP/9.9', HOST),
  crlf('get /health HTTP/1.1', HOST),
  crlf('NONSENSE /health HTTP/1.1', HOST),
  crlf('CONNECT daemon:0 HTTP/1.1', HOST),
  crlf('OPTIONS * HTTP/1.1', HOST),
  crlf('GET http://elsewhere.example/health HTTP/1.1', HOST),
  crlf('GET //health HTTP/1.1', HOST),
  crlf('GET /%ff%00%2e HTTP/1.1', HOST),
  crlf('GET /health?%zz=%ff HTTP/1.1', HOST),
  crlf(`GET /${'a'.repeat(200_000)} HTTP/1.1`, HOST),
  crlf('GET /health HTTP/1.1', HOST, `X: ${'a'.repeat(200_000)}`),
  crlf('GET /health HTTP/1.1', HOST, ...Array.from({ length: 5_000 }, (_, at) => `X-${at}: a`)),
  crlf('GET /health HTTP/1.1', HOST, 'X\0Y: a'),
  crlf('GET /health HTTP/1.1', HOST, 'No colon'),
  crlf('GET /health HTTP/1.1', HOST, ' folded: a'),
  crlf('GET /health HTTP/1.1', HOST, 'Expect: something'),
  crlf('PUT /settings HTTP/1.1', HOST, 'Expect: 100-continue', 'Content-Length: 5'),
  crlf('PUT /settings HTTP/1.1', HOST, 'Content-Length: -1'),
  crlf('PUT /settings HTTP/1.1', HOST, 'Content-Length: 99999999999999999999'),
  crlf('PUT /settings HTTP/1.1', HOST, 'Content-Length: 5', 'Content-Length: 6'),
  crlf('PUT /settings HTTP/1.1', HOST, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  crlf('PUT /settings HTTP/1.1', HOST, 'Transfer-Encoding: gzip, chunked'),
  Buffer.concat([
    crlf('PUT /settings HTTP/1.1', HOST, 'Transfer-Encoding: chunked'),
    Buffer.from('ffffffffffffffff\r\n'),
  ]),
  Buffer.concat([
    crlf('PUT /upgrade HTTP/1.1', HOST, 'Transfer-Encoding: chunked'),
    Buffer.from('5;x=\0\r\nab'),
  ]),
  crlf(
    'GET /health HTTP/1.1',
    HOST,
    'Connection: Upgrade',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
  ),
  crlf('GET /health HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: websocket'),
  crlf('GET /terminals/x/attach HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: websocket'),
  crlf('GET /terminals/%ff/attach?after=-1 HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: websocket'),
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
];

/** One of these with some bytes changed, left out or put in. */
export const mutatedHttp: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(...BROKEN_HTTP.filter(({ length }) => length < 2_000)),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('change', 'drop', 'add')), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([seed, changes]) => {
    const bytes = [...seed];
    for (const [at, value, how] of changes) {
      const place = at % (bytes.length + 1);
      if (how === 'add') bytes.splice(place, 0, value);
      else if (how === 'drop') bytes.splice(place, 1);
      else bytes[place] = value;
    }
    return Buffer.from(bytes);
  });

export const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

interface Http2FrameParts {
  flags?: number;
  stream?: number;
  payload?: Buffer;
  length?: number;
}

/** RFC 9113 §4.1; `length` says what it likes. */
export function http2Frame(
  type: number,
  { flags = 0, stream = 0, payload = Buffer.alloc(0), length = payload.length }: Http2FrameParts = {},
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: `:method CONNECT`, `:authority`. */
function connectHeaders(authority: string): Buffer {
  const field = (name: number, value: string) =>
    Buffer.concat([Buffer.from([name, value.length]), Buffer.from(value)]);
  return Buffer.concat([field(0x02, 'CONNECT'), field(0x01, authority)]);
}

/** A connection to the daemon over the link that says `said` and is broken off with that error. */
function brokenConnection(stream: number, said: Buffer, error: number): Buffer {
  return Buffer.concat([
    http2Frame(1, { flags: 4, stream, payload: connectHeaders('daemon:0') }),
    http2Frame(0, { stream, payload: said }),
    http2Frame(3, { stream, payload: Buffer.from([0, 0, 0, error]) }),
  ]);
}

export const brokenConnections: fc.Arbitrary<Buffer[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('', 'GET', 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n', '\0'),
      fc.nat({ max: 15 }),
    ),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  .map((list) => list.map(([said, error], at) => brokenConnection(2 * at + 1, Buffer.from(said), error)));

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Frames of every type and of some that there are not, with lengths that are right and wrong. */
export const http2Frames: fc.Arbitrary<Buffer[]> = fc.array(
  fc
    .record({
      type: fc.nat({ max: 14 }),
      flags: fc.nat({ max: 255 }),
      stream: fc.constantFrom(0, 1, 2, 3, 0x7fff_ffff, 0xffff_ffff),
      payload: bytes(64),
      length: fc.option(fc.constantFrom(0, 1, 4, 7, 16_384, 16_385, 0xff_ffff), { nil: undefined }),
    })
    .map(({ type, flags, stream, payload, length }) =>
      http2Frame(type, { flags, stream, payload, ...(length === undefined ? {} : { length }) }),
    ),
  { minLength: 1, maxLength: 12 },
);

/** A great many of one kind: SETTINGS, PING, streams that are reset at once, HEADERS that go on and on. */
export const HTTP2_FLOODS: readonly Buffer[] = [
  Buffer.concat(Array.from({ length: 20_000 }, () => http2Frame(4))),
  Buffer.concat(Array.from({ length: 20_000 }, () => http2Frame(6, { payload: Buffer.alloc(8) }))),
  Buffer.concat(
    Array.from({ length: 5_000 }, (_, at) => {
      const stream = 2 * at + 1;
      const headers = http2Frame(1, { flags: 4, stream, payload: Buffer.from([0x82, 0x84, 0x86]) });
      return Buffer.concat([headers, http2Frame(3, { stream, payload: Buffer.from([0, 0, 0, 8]) })]);
    }),
  ),
  Buffer.concat(
    Array.from({ length: 2_000 }, (_, at) => brokenConnection(2 * at + 1, Buffer.from('GET'), at % 14)),
  ),
  Buffer.concat([
    http2Frame(1, { stream: 1, payload: Buffer.alloc(100, 0x82) }),
    ...Array.from({ length: 5_000 }, () => http2Frame(9, { stream: 1, payload: Buffer.alloc(100, 0x82) })),
  ]),
  Buffer.concat([http2Frame(4), http2Frame(8, { payload: Buffer.from([0x7f, 0xff, 0xff, 0xff]) })]),
];

/** RFC 6455 §5.2. What is typed is letters alone, and is masked with zeros: no line that a shell would run. */
export const webSocketFrame: fc.Arbitrary<Buffer> = fc
  .record({
    opcode: fc.nat({ max: 15 }),
    bits: fc.constantFrom(0x80, 0x00, 0xc0, 0xf0),
    isMasked: fc.boolean(),
    letters: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 140 }),
    json: fc.json({ maxDepth: 2 }),
    length: fc.option(fc.constantFrom(0, 126, 65_536, 0x7fff_ffff, Number.MAX_SAFE_INTEGER), {
      nil: undefined,
    }),
  })
  .map(({ opcode, bits, isMasked, letters, json, length }) => {
    const isText = opcode === 1 || opcode >= 8;
    const payload = Buffer.from(isText ? json : letters);
    const size = length ?? payload.length;
    const mask = isMasked ? 0x80 : 0;
    const head = [bits | opcode];
    const wide = Buffer.alloc(8);
    if (size < 126) head.push(mask | size);
    else if (size < 65_536) head.push(mask | 126, size >> 8, size & 255);
    else {
      wide.writeBigUInt64BE(BigInt(size));
      head.push(mask | 127, ...wide);
    }
    return Buffer.concat([Buffer.from(head), Buffer.alloc(isMasked ? 4 : 0), payload]);
  });
