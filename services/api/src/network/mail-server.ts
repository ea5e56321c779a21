/** Where mail is handed over. */
export interface MailServer {
  host: string;
  port: number;
  /** TLS from the first byte on; otherwise STARTTLS where the server offers it. */
  isSecure: boolean;
  login: { user: string; password: string } | undefined;
}

export interface MailAddress {
  name: string;
  address: string;
}

const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);
/** One mailbox without quoting: what every server takes. */
const ADDRESS = /^[^\s@<>"(),:;[\\\]]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;
const NAMED = /^\s*(?:"([^"\r\n]{0,80})"|([^"<>\r\n]{0,80}?))\s*<([^<>\s]+)>\s*$/;

/** Undefined for what is no `smtp://` or `smtps://` address of a server. */
export function parseMailServer(value: string): MailServer | undefined {
  const url = URL.parse(value);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return undefined;
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return undefined;
  if ((url.username === '') !== (url.password === '')) return undefined;
  const isSecure = url.protocol === 'smtps:';
  const login = loginOf(url);
  if (login === null) return undefined;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port),
    isSecure,
    login,
  };
}

/** Null when it is not encoded as in a URL. */
function loginOf(url: URL): MailServer['login'] | null {
  if (url.username === '') return undefined;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    return null;
  }
}

/** A password must not cross a network in the clear; on this machine nobody listens. */
export function needsTls({ host, login }: Pick<MailServer, 'host' | 'login'>): boolean {
  return login !== undefined && !LOOPBACK.has(host);
}

/** Reads `podex@example.com` and `Podex <podex@example.com>`. */
export function parseMailAddress(value: string): MailAddress | undefined {
  const [, quoted, plain, inBrackets] = NAMED.exec(value) ?? [];
  const address = inBrackets ?? value.trim();
  return ADDRESS.test(address) ? { name: quoted ?? plain ?? '', address } : undefined;
}
