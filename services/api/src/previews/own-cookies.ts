/** Every cookie of Podex, here and at api, has a name that begins so, behind what browsers make of a prefix. */
const OWN_NAME = /^(?:__host-|__secure-|__http-|__host-http-)*podex/i;

const OF_A_WHOLE_HOST = /^__host-/i;
const PATH = /^\s*path\s*(?:=|$)/i;

function isOwnCookie(name: string): boolean {
  return OWN_NAME.test(name.trim());
}

interface Cookie {
  name: string;
  value: string;
  /** As it stands in the header. */
  text: string;
}

function parseCookies(header: string): Cookie[] {
  return header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((text) => {
      const at = text.indexOf('=');
      // One without a name is its value.
      return at === -1
        ? { name: text, value: '', text }
        : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim(), text };
    });
}

/** A program may have put one of the same name beside ours, from another path or domain: all are given, and each is judged by itself. */
export function readCookies(header: string | undefined, name: string): string[] {
  return parseCookies(header ?? '')
    .filter((cookie) => cookie.name === name)
    .map(({ value }) => value);
}

/** What of a `Cookie` header a program in a workspace gets; undefined when nothing is left. */
export function foreignCookies(header: string | undefined): string | undefined {
  const kept = parseCookies(header ?? '').filter(({ name }) => !isOwnCookie(name));
  return kept.length === 0 ? undefined : kept.map(({ text }) => text).join('; ');
}

/**
 * What of a `Set-Cookie` header of a program goes to the browser: none of our names, and none without a name, which browsers send as if
 * its value were one; for its own host alone, whatever domain it names, and below the prefix of its preview. Browsers take a `__Host-`
 * cookie for a whole host alone: where previews share one, nobody gets such a cookie.
 */
export function foreignSetCookie(header: string, prefix = ''): string | undefined {
  const [pair = '', ...attributes] = header.split(';');
  const at = pair.indexOf('=');
  const name = at === -1 ? '' : pair.slice(0, at).trim();
  if (name === '' || isOwnCookie(name)) return undefined;
  if (prefix !== '' && OF_A_WHOLE_HOST.test(name)) return undefined;
  const kept = attributes.filter((attribute) => !/^\s*domain\s*(=|$)/i.test(attribute));
  if (prefix === '') return [pair, ...kept].join(';');
  const others = kept.filter((attribute) => !PATH.test(attribute));
  const path = kept
    .findLast((attribute) => PATH.test(attribute))
    ?.replace(PATH, '')
    .trim();
  // Without a path that is one, browsers take the folder of the address, which is below the prefix.
  return [pair, ...others, ...(path?.startsWith('/') ? [` Path=${belowPrefix(path, prefix)}`] : [])].join(
    ';',
  );
}

/** A path of a program as browsers see it, whether or not the program knows its prefix. */
export function belowPrefix(path: string, prefix: string): string {
  return path === prefix || path.startsWith(`${prefix}/`) ? path : `${prefix}${path}`;
}
