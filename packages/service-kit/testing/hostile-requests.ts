const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (headers: string, body: string) =>
  `POST /attack HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;

/** What an attacker sends, and what of it the target may see. */
export const HOSTILE_REQUESTS: readonly { title: string; bytes: string; seen: readonly string[] }[] = [
  {
    title: 'a GET whose Content-Length covers a second request',
    bytes: `GET /attack HTTP/1.1\r\nHost: x\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    seen: [],
  },
  {
    title: 'a GET with a Content-Length and nothing after it',
    bytes: 'GET /attack HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n',
    seen: [],
  },
  {
    title: 'a DELETE with a chunked body',
    bytes: 'DELETE /attack HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    seen: [],
  },
  {
    title: 'Content-Length with chunks',
    bytes: post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
    seen: [],
  },
  {
    title: 'chunks with Content-Length',
    bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n${SMUGGLED}`),
    seen: [],
  },
  { title: 'two lengths', bytes: post('Content-Length: 0\r\nContent-Length: 35', SMUGGLED), seen: [] },
  { title: 'a list of lengths', bytes: post('Content-Length: 0, 35', SMUGGLED), seen: [] },
  { title: 'a signed length', bytes: post('Content-Length: +0', SMUGGLED), seen: [] },
  {
    title: 'a coding that is not chunks',
    bytes: post('Transfer-Encoding: gzip, chunked', `0\r\n\r\n`),
    seen: [],
  },
  {
    title: 'chunks that are not last',
    bytes: post('Transfer-Encoding: chunked, identity', `0\r\n\r\n`),
    seen: [],
  },
  {
    title: 'a coding with a tab inside',
    bytes: post('Transfer-Encoding: \x0bchunked', `0\r\n\r\n${SMUGGLED}`),
    seen: [],
  },
  {
    title: 'a chunk size that is no number',
    bytes: post('Transfer-Encoding: chunked', `zz\r\n\r\n${SMUGGLED}`),
    seen: [],
  },
  {
    title: 'a chunk size beyond 64 bits',
    bytes: post('Transfer-Encoding: chunked', `fffffffffffffffff\r\n\r\n`),
    seen: [],
  },
  {
    title: 'a chunk longer than its size',
    bytes: post('Transfer-Encoding: chunked', `1\r\nabc\r\n0\r\n\r\n`),
    seen: [],
  },
  { title: 'a folded header', bytes: post('X: a\r\n Content-Length: 35', SMUGGLED), seen: [] },
  { title: 'a bare line feed', bytes: 'GET /attack HTTP/1.1\nHost: x\n\n', seen: [] },
  { title: 'a space before the colon', bytes: post('Content-Length : 35', SMUGGLED), seen: [] },
  {
    title: 'a Connection header that names Content-Length',
    bytes: post('Connection: content-length\r\nContent-Length: 35', SMUGGLED),
    seen: ['POST /attack'],
  },
  {
    title: 'a Connection header that names Transfer-Encoding',
    bytes: post('Connection: transfer-encoding\r\nTransfer-Encoding: chunked', `3\r\nabc\r\n0\r\n\r\n`),
    seen: ['POST /attack'],
  },
  {
    title: 'a body longer than announced',
    bytes: post('Content-Length: 2', `abGARBAGE / HTTP/1.1\r\n\r\n`),
    seen: ['POST /attack'],
  },
  {
    title: 'Expect: 100-continue',
    bytes: post('Expect: 100-continue\r\nContent-Length: 3', 'abc'),
    seen: ['POST /attack'],
  },
];
