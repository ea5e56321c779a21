import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Passing } from '@podex/service-kit/forward';
import { belowPrefix, foreignCookies, foreignSetCookie } from './own-cookies.ts';
import { LINK_PARAMETER, OWN_PATH } from './preview-access.ts';
import { baseOf, type PreviewAddresses, type PreviewPlace } from './preview-addresses.ts';

/** Of one hop (RFC 9110 §7.6.1), or made from the bytes that are sent. */
const OF_A_HOP: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Set by us alone: a client could say anything in them. */
const OURS_TO_SAY = /^(host|forwarded|via|x-real-ip|x-forwarded-.*|x-podex-.*)$/;
/** The handshake is made again at each end. */
const OF_A_HANDSHAKE = /^sec-websocket-/;
/**
 * What would reach beyond the one host of a preview: to cookies of every host of the domain, or to how browsers come to them later.
 */
const FAR_REACHING =
  /^(clear-site-data|alt-svc|strict-transport-security|public-key-pins.*|nel|report-to|x-podex-.*)$/;
/** Where a worker may be registered; without it, below the folder of its script. */
const WORKER_SCOPE = 'service-worker-allowed';
const SHARED_CACHE = /^(public|s-maxage=.*|private)$/i;

export interface PassedPreview {
  place: PreviewPlace;
  addresses: PreviewAddresses;
  /** The page’s; what a browser says of coming from there is no business of a program. */
  pageOrigin: string;
  /** Of the client. */
  address: string;
  isPublic: boolean;
  isUpgrade: boolean;
}

/**
 * What goes through to a program in a workspace and back: everything, but what is Podex’s and what steers more than its own host.
 *
 * The program sees `Host: localhost:<port>`, because development servers (Vite, webpack, Next.js, Rails, Django) refuse names that they were
 * not told; where it is really asked stands in `X-Forwarded-Host` and `X-Forwarded-Proto`. `Origin` stays what the browser sent, which
 * agrees with `X-Forwarded-Host`. Only a WebSocket’s becomes `http://localhost:<port>`: the sockets that reload pages compare it with `Host`.
 */
export function passingOf(preview: PassedPreview): Passing {
  return {
    request: (incoming) => requestHeaders(incoming, preview),
    response: (response) => responseHeaders(response, preview),
    allows: (status) => status >= 200 && status <= 599,
  };
}

function requestHeaders(incoming: IncomingMessage, preview: PassedPreview): OutgoingHttpHeaders {
  const { place, addresses, address, isUpgrade } = preview;
  const prefix = addresses.prefixOf(place);
  const { cookie: _, authorization, referer, origin, ...rest } = passedHeaders(incoming);
  const cookies = foreignCookies(incoming.headers.cookie);
  const isOurs = isCredentialOfPodex(incoming.headers.authorization ?? '', preview);
  const isTelling = tellsOfPodex(incoming.headers.referer ?? '', preview);
  return {
    ...rest,
    ...(cookies === undefined ? {} : { cookie: cookies }),
    ...(authorization === undefined || isOurs ? {} : { authorization }),
    ...(referer === undefined || isTelling ? {} : { referer }),
    ...(origin === undefined ? {} : { origin: isUpgrade ? `http://localhost:${place.port}` : origin }),
    host: `localhost:${place.port}`,
    'x-forwarded-for': address,
    'x-forwarded-host': addresses.hostOf(place),
    'x-forwarded-proto': addresses.scheme,
    ...(prefix === '' ? {} : { 'x-forwarded-prefix': prefix }),
  };
}

function passedHeaders(incoming: IncomingMessage): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  const dropped = namedByConnection(incoming);
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    const isOurs = OF_A_HOP.includes(name) || OURS_TO_SAY.test(name) || OF_A_HANDSHAKE.test(name);
    if (!isOurs && !dropped.has(name)) headers[name] = values.length === 1 ? values[0] : values;
  }
  return headers;
}

function responseHeaders(response: IncomingMessage, preview: PassedPreview): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  const dropped = namedByConnection(response);
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    if (OF_A_HOP.includes(name) || FAR_REACHING.test(name) || dropped.has(name)) continue;
    headers[name] = values.length === 1 ? values[0] : values;
  }
  const prefix = preview.addresses.prefixOf(preview.place);
  const cookies = (response.headers['set-cookie'] ?? []).flatMap(
    (one) => foreignSetCookie(one, prefix) ?? [],
  );
  if (cookies.length === 0) delete headers['set-cookie'];
  else headers['set-cookie'] = cookies;
  if (response.headers.location !== undefined) {
    headers.location = outsideLocation(response.headers.location, preview);
  }
  const scope = response.headers[WORKER_SCOPE];
  if (prefix !== '' && typeof scope === 'string') headers[WORKER_SCOPE] = scopeBelow(scope, preview);
  if (preview.isPublic) return headers;
  const cacheControl = response.headers['cache-control'];
  return {
    ...headers,
    'x-robots-tag': 'noindex',
    // What only some may use is in no frame of others, who could have it clicked on.
    'content-security-policy': [
      ...(response.headersDistinct['content-security-policy'] ?? []),
      `frame-ancestors 'self' ${preview.pageOrigin}`,
    ].join(', '),
    ...(cacheControl === undefined ? {} : { 'cache-control': privately(cacheControl) }),
  };
}

/** Headers that are of this hop because its sender says so. */
function namedByConnection({ headers }: IncomingMessage): ReadonlySet<string> {
  return new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}

/** A program gets the credentials that are meant for it, and none with which one could act in Podex. */
function isCredentialOfPodex(authorization: string, { pageOrigin }: PassedPreview): boolean {
  const [, token = ''] = /^\s*bearer\s+(\S+)/i.exec(authorization) ?? [];
  if (/^pdx[a-z]?_/i.test(token)) return true;
  const payload = token.split('.')[1] ?? '';
  const claims = parseJson(Buffer.from(payload, 'base64url').toString());
  return typeof claims === 'object' && claims !== null && Reflect.get(claims, 'iss') === pageOrigin;
}

/** The page from which a preview was opened, an address with a code in it, or a page of another preview of the same origin. */
function tellsOfPodex(referer: string, { pageOrigin, addresses, place }: PassedPreview): boolean {
  const url = URL.parse(referer);
  if (url === null) return false;
  if (url.origin === pageOrigin) return true;
  if (url.origin !== addresses.originOf(place)) return false;
  const prefix = addresses.prefixOf(place);
  if (!url.pathname.startsWith(`${prefix}/`)) return true;
  return url.pathname.startsWith(`${prefix}${OWN_PATH}`) || url.searchParams.has(LINK_PARAMETER);
}

/** A program that knows itself as `localhost:<port>`, or not its prefix, leads browsers there; they are to come here. */
function outsideLocation(location: string, { place, addresses }: PassedPreview): string {
  const prefix = addresses.prefixOf(place);
  if (location.startsWith('/') && !/^\/[/\\]/.test(location)) return belowPrefix(location, prefix);
  const url = URL.parse(location);
  if (url === null || !/^https?:$/.test(url.protocol)) return location;
  const isItself =
    ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'].includes(url.hostname) && url.port === String(place.port);
  const rest = `${url.search}${url.hash}`;
  if (isItself) return `${addresses.originOf(place)}${belowPrefix(url.pathname, prefix)}${rest}`;
  const isHere = url.origin === addresses.originOf(place) && prefix !== '';
  return isHere ? `${url.origin}${belowPrefix(url.pathname, prefix)}${rest}` : location;
}

/** Where previews share an origin, a worker sees what is below the prefix of its own preview and no more. */
function scopeBelow(scope: string, { addresses, place }: PassedPreview): string {
  const prefix = addresses.prefixOf(place);
  const { pathname } = URL.parse(scope, `${baseOf(addresses, place)}/`) ?? { pathname: '/' };
  return belowPrefix(pathname, prefix);
}

/** What only some may see is kept by no cache that serves others. */
function privately(cacheControl: string): string {
  const kept = cacheControl
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !SHARED_CACHE.test(part));
  return ['private', ...kept].join(', ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
