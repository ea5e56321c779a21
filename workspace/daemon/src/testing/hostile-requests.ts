import * as insideRoutes from '@podex/contracts/routes/inside-routes';
import fc from 'fast-check';

const PREFIX = '/api/workspaces/{workspace_id}';

export interface HostileRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** What the daemon serves: the routes of the contract, and those that are between it and compute. */
const ROUTES = [
  ...Object.values(insideRoutes).flatMap((route) =>
    typeof route === 'object' && 'path' in route && route.path.startsWith(PREFIX)
      ? [{ method: route.method.toUpperCase(), path: route.path.slice(PREFIX.length) }]
      : [],
  ),
  { method: 'GET', path: '/health' },
  { method: 'PUT', path: '/settings' },
  { method: 'PUT', path: '/upgrade' },
];

/** Begins with a name and has no slash, so that as a path it is one in the home folder, and as a command it is none. */
const text = fc
  .tuple(
    fc.constantFrom('fuzz', 'fuzz-\u0000', 'fuzz\ud800', 'fuzz\u202e', 'fuzz-é', 'fuzz.'.repeat(1_000)),
    fc.string({ unit: fc.constantFrom('a', '-', 'ß', '💾', '\u0007', '"', '\\', ' '), maxLength: 12 }),
  )
  .map((parts) => parts.join(''));
/** As it stands in a target, some of it no encoding at all. */
const rawText = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed())),
  fc.constantFrom(
    'fuzz%',
    'fuzz%zz',
    'fuzz%ff%fe',
    'fuzz%00',
    'fuzz%',
    `fuzz${'%41'.repeat(5_000)}`,
    'fuzz=&fuzz',
  ),
);
const id = fc.constantFrom('cmd_01k9x3v7m4q8r2t6w0y5z1a3b7', 'trm_01k9x3v7m4q8r2t6w0y5z1a3b7', 'constructor');
const NAMES = [
  'path',
  'from',
  'to',
  'after',
  'wait_ms',
  'q',
  'limit',
  'signal',
  'shell',
  'cols',
  'rows',
  'content',
];
const MORE_NAMES = [
  'env',
  'cwd',
  'edits',
  'argv',
  'timeout_seconds',
  'name',
  '__proto__',
  'constructor',
  'version',
];
const name = fc.constantFrom(...NAMES, ...MORE_NAMES);
const scalar = fc.oneof(
  text,
  fc.constantFrom(null, true, -1, 0, 1e308, -0.5, 2 ** 53, '', [], {}),
  fc.integer(),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.dictionary(name, scalar, { maxKeys: 3 }),
);
const json = fc
  .dictionary(name, value, { maxKeys: 6, noNullPrototype: true })
  .map((object) => JSON.stringify(object));
const body = fc.oneof(
  json,
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"fuzz"',
    `${'['.repeat(50_000)}`,
    `{"name":"${'a'.repeat(300_000)}"}`,
  ),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'range',
    'if-match',
    'if-none-match',
    'idempotency-key',
    'content-type',
    'x-request-id',
    'accept',
  ),
  fc.constantFrom(
    '',
    '*',
    'bytes=0-',
    'bytes=-1,9-3',
    'bytes=99999999999999999999-',
    'W/"x"',
    'a'.repeat(9_000),
    '\u00ff',
  ),
  { maxKeys: 3, noNullPrototype: true },
);

/** Of every route, with what no client sends in path, query, headers and body. */
export const hostileRequest: fc.Arbitrary<HostileRequest> = fc
  .record({
    route: fc.constantFrom(...ROUTES),
    method: fc.option(fc.constantFrom('GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE')),
    segment: fc.oneof(id, rawText),
    query: fc.array(fc.tuple(name, fc.oneof(rawText, id)), { maxLength: 4 }),
    headers,
    body: fc.option(body, { nil: undefined }),
  })
  .map(({ route, method, segment, query, ...rest }) => ({
    ...rest,
    method: method ?? route.method,
    path: `${route.path.replace(/\{\w+\}/g, segment)}${query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`}`,
  }));
