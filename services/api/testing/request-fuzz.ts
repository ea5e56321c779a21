import { type PUBLIC_ROUTES, requestPartsOf } from '@podex/contracts/openapi';
import fc from 'fast-check';
import { zocker } from 'zocker';
import type { z } from 'zod';
import { OPERATION_BODIES } from './operation-bodies.ts';

export type PublicRoute = (typeof PUBLIC_ROUTES)[number];

export const ACTORS = ['nobody', 'user', 'admin'] as const;

/** One request as it goes over the wire, right or broken. */
export interface FuzzedRequest {
  actor: (typeof ACTORS)[number];
  method: string;
  /** Path and query, percent-encoded. */
  target: string;
  headers: readonly (readonly [string, string])[];
  body: string | undefined;
}

/** Seeds of zocker that are tried for a value which the schema’s refinements let through as well. */
const SEEDS_TRIED = 8;
const SEED_STEP = 7_919;

const HOSTILE_TEXTS = [
  '\0',
  'a\0b',
  '\ud800',
  'a\udc00',
  '\u001b[2J',
  '\u2028',
  '\u202e',
  '\ufeff',
  'ﬀ'.repeat(200),
  '%00',
  '%2e%2e%2f',
  '../../etc/passwd',
  "'; drop table workspace; --",
  '-1',
  '0',
  '1e999',
  'NaN',
  '2147483648',
  '9007199254740993',
  '99999999999999999999999999',
  '0x10',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'true',
  '{"a":1}',
  'x'.repeat(9_000),
];
const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.integer({ min: 1, max: 3000 }).map((length) => 'ü'.repeat(length)),
);
const hostileValue = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  fc.constantFrom<unknown>(-1, 0, 1e308, -0.5, 2 ** 31, 2 ** 53, null, true, false, [], {}, [[[]]], [null]),
  fc.constant('x'.repeat(300_000)),
  fc.array(hostileText, { maxLength: 4 }),
  fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
);
/** Text that is no body of ours, or one that only a careless reader takes for another. */
const hostileBody = fc.oneof(
  fc.constantFrom(
    'null',
    '[]',
    '"text"',
    '{',
    '{"name":',
    '\ufeff{}',
    '{}{}',
    '{"name":1e999}',
    '{"name":"\\ud800"}',
    '{"name":"a","name":{"b":1}}',
    '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}',
    `{"name":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    `{"name":${'9'.repeat(100_000)}}`,
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.json({ maxDepth: 6 }),
);
const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/jsonp',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  '',
];
const HEADER_NAMES = [
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'content-encoding',
  'cookie',
  'forwarded',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'origin',
  'range',
  'referer',
  'sec-fetch-site',
  'user-agent',
  'x-forwarded-for',
  'x-http-method-override',
  'x-request-id',
];
/** What may stand in a header at all (RFC 9110 §5.5). */
const headerValue = fc.oneof(
  fc.constantFrom(
    '',
    'null',
    '*',
    'bytes=0-',
    'bytes=9-1',
    '"',
    'podex.session_token=x.y',
    'Bearer ',
    'Bearer pdx_x',
    'gzip',
  ),
  fc.string({
    unit: fc.constantFrom('a', '0', ' ', '"', ';', ',', '=', '%', '\t', 'é', '\u00ff', '/'),
    maxLength: 60,
  }),
);

/** Requests to one route: as its schemas have them, and broken in each place. `ids` name things that are there. */
export function requestsTo(
  route: PublicRoute,
  ids: Readonly<Record<string, string>>,
): fc.Arbitrary<FuzzedRequest> {
  const { params, query, body } = requestPartsOf(route);
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const seed = fc.nat({ max: 1_000_000 });
  const pathValues = fc.tuple(...names.map((name) => pathValue(name, ids, params)));
  const extraHeaders = fc.array(fc.tuple(fc.constantFrom(...HEADER_NAMES), headerValue), { maxLength: 3 });
  return fc
    .record({
      actor: fc.constantFrom(...ACTORS),
      method: fc.constantFrom(...methodsOf(route)),
      path: pathValues.map((values) => fill(route.path, names, values)),
      query: queryText(query, seed),
      contentType: fc.oneof(
        { weight: 6, arbitrary: fc.constant('application/json') },
        fc.constantFrom(...CONTENT_TYPES),
      ),
      body: bodyText(route, body, seed),
      headers: fc.oneof({ weight: 2, arbitrary: fc.constant<[string, string][]>([]) }, extraHeaders),
    })
    .map(({ path, query: search, contentType, body: text, headers, ...given }) => ({
      ...given,
      target: search === '' ? path : `${path}?${search}`,
      headers: [...(text === undefined ? [] : [['content-type', contentType] as const]), ...headers],
      body: text,
    }));
}

function methodsOf({ method }: PublicRoute): string[] {
  return method === 'get' ? ['GET', 'GET', 'GET', 'HEAD'] : [method.toUpperCase()];
}

/** Mostly what is there, so that requests get beyond the first check. */
function pathValue(name: string, ids: Readonly<Record<string, string>>, params: z.ZodObject | undefined) {
  const there = ids[name];
  const schema = params?.shape[name];
  const random = fc.nat({ max: 1_000_000 }).map((seed) => String(generate(schema, seed) ?? 'x'));
  return fc.oneof(
    { weight: there === undefined ? 0 : 6, arbitrary: fc.constant(there ?? 'x') },
    { weight: 2, arbitrary: random },
    // Dots alone would make it another path.
    { weight: 1, arbitrary: hostileText.filter((text) => !/^\.*$/.test(text)) },
  );
}

function fill(path: string, names: readonly string[], values: readonly string[]): string {
  return names.reduce(
    (filled, name, index) => filled.replace(`{${name}}`, () => encode(values[index] ?? 'x')),
    path,
  );
}

function queryText(schema: z.ZodObject | undefined, seed: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const names = Object.keys(schema?.shape ?? {});
  const right = seed.map((value) => Object.entries(asObject(generate(schema, value))).map(quicken));
  const broken = fc.array(fc.tuple(fc.constantFrom('nothing', '__proto__', ...names), hostileText), {
    maxLength: 3,
  });
  return fc
    .oneof(
      { weight: 3, arbitrary: right },
      { weight: 2, arbitrary: broken },
      fc.constant([['', '&&=%']] as const),
    )
    .map((pairs) => {
      const isWaiting = names.includes('wait_ms') && pairs.every(([name]) => name !== 'wait_ms');
      const all = [...pairs, ...(isWaiting ? [['wait_ms', 0] as const] : [])];
      return all.map(([name, value]) => `${encode(name)}=${encode(String(value))}`).join('&');
    });
}

/** A right request may ask to wait for a minute, which no test has. */
function quicken([name, value]: [string, unknown]): readonly [string, unknown] {
  return [name, name === 'wait_ms' ? 0 : value];
}

function bodyText(
  route: PublicRoute,
  schema: z.ZodType | undefined,
  seed: fc.Arbitrary<number>,
): fc.Arbitrary<string | undefined> {
  if (schema === undefined) {
    const takesOne = ['post', 'put', 'patch'].includes(route.method);
    return takesOne ? fc.option(hostileBody, { freq: 3, nil: undefined }) : fc.constant(undefined);
  }
  const right = seed.map((value) => generate(schema, value) ?? OPERATION_BODIES[route.operationId] ?? {});
  const change = fc.record({
    at: fc.nat(),
    key: hostileText,
    value: hostileValue,
    kind: fc.constantFrom('set', 'add', 'drop', 'twice'),
  });
  const broken = fc
    .tuple(right, fc.array(change, { minLength: 1, maxLength: 2 }))
    .map(([value, changes]) => changes.reduce(withChange, JSON.stringify(value)));
  return fc.oneof(
    { weight: 4, arbitrary: right.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: broken },
    { weight: 2, arbitrary: hostileBody },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

interface Change {
  at: number;
  key: string;
  value: unknown;
  kind: string;
}

/** Text, because an object holds no name twice. */
function withChange(text: string, { at, key, value, kind }: Change): string {
  const object = asObject(parse(text));
  const keys = Object.keys(object);
  const name = keys[at % Math.max(1, keys.length)] ?? key;
  if (kind === 'drop') return JSON.stringify({ ...object, [name]: undefined });
  if (kind === 'set') return JSON.stringify({ ...object, [name]: value });
  const member = `${JSON.stringify(kind === 'twice' ? name : key)}:${JSON.stringify(value)}`;
  return keys.length === 0 ? `{${member}}` : `{${member},${JSON.stringify(object).slice(1)}`;
}

/** A value that the schema accepts, if one is found; else whatever comes nearest. */
function generate(schema: z.ZodType | undefined, seed: number): unknown {
  if (schema === undefined) return undefined;
  let value: unknown;
  for (let tried = 0; tried < SEEDS_TRIED; tried += 1) {
    value = zocker(schema)
      .setSeed(seed + tried * SEED_STEP)
      .generate();
    if (schema.safeParse(value).success) return value;
  }
  return value;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Percent-encodes whatever it is; half a surrogate pair, which UTF-8 has no bytes for, as CESU does. */
export function encode(text: string): string {
  const half = (unit: string) => {
    const code = unit.charCodeAt(0);
    return `%ED%${(0x80 | ((code >> 6) & 0x3f)).toString(16)}%${(0x80 | (code & 0x3f)).toString(16)}`;
  };
  return text.isWellFormed()
    ? encodeURIComponent(text)
    : [...text].map((unit) => (unit.isWellFormed() ? encodeURIComponent(unit) : half(unit))).join('');
}
