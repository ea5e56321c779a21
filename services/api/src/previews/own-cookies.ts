/** Every cookie of Podex, here and at api, has a name that begins so, behind what browsers make of a prefix. */
const OWN_NAME = /^(?:__host-|__secure-|__http-|__host-http-)*podex/i;

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
 * its value were one; for its own host alone, whatever domain it names.
 */
export function foreignSetCookie(header: string): string | undefined {
  const [pair = '', ...attributes] = header.split(';');
  const at = pair.indexOf('=');
  const name = at === -1 ? '' : pair.slice(0, at).trim();
  if (name === '' || isOwnCookie(name)) return undefined;
  return [pair, ...attributes.filter((attribute) => !/^\s*domain\s*(=|$)/i.test(attribute))].join(';');
}
