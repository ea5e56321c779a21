import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { PAGE_ORIGIN, type TestApi, type TestUser } from './test-api.ts';

export interface Shown {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface PreviewAsk {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

/** What a browser sends when a person goes to an address. */
export const NAVIGATION = {
  accept: 'text/html,*/*',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
};

/** A browser at previews: cookies of each host, and of each path below it, for itself; Podex’s page is played by calls with the person’s session. */
export class PreviewBrowser {
  readonly cookies = new Map<string, Map<string, string>>();
  readonly #port: number;
  readonly #api: TestApi;
  readonly #user: TestUser | undefined;

  constructor(api: TestApi, user?: TestUser, port = Number(new URL(api.baseUrl).port)) {
    this.#api = api;
    this.#port = port;
    this.#user = user;
  }

  async ask(
    host: string,
    path: string,
    { method = 'GET', headers = {}, body }: PreviewAsk = {},
  ): Promise<Shown> {
    const shown = await new Promise<Shown>((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          agent: false,
          headers: { host, ...this.#cookieHeader(host, path), ...headers },
        },
        (response) => {
          text(response).then(
            (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
            reject,
          );
        },
      );
      request.once('error', reject);
      request.end(body);
    });
    for (const line of shown.headers['set-cookie'] ?? []) this.#keep(host, line);
    return shown;
  }

  /** Goes to an address as a person does, through the page of Podex where the preview sends the browser there. */
  async open(host: string, path = '/'): Promise<Shown> {
    const first = await this.ask(host, path, { headers: NAVIGATION });
    const { location } = first.headers;
    if (first.status !== 302 || location === undefined || !location.startsWith(PAGE_ORIGIN)) return first;
    const callback = new URL(await this.authorize(location));
    const led = await this.ask(host, `${callback.pathname}${callback.search}`, {
      headers: NAVIGATION,
    });
    if (led.status !== 302) return led;
    return this.ask(host, led.headers.location ?? '', { headers: NAVIGATION });
  }

  /** What the page does when a browser is sent to it. @returns where it sends the browser. */
  async authorize(location: string): Promise<string> {
    const query = new URL(location).searchParams;
    const path = `/api/workspaces/${query.get('workspace')}/ports/${query.get('port')}/authorize`;
    const answer = await this.#api.ask('POST', path, {
      headers: { cookie: this.#user?.cookie ?? '', origin: PAGE_ORIGIN },
      body: { state: query.get('state'), path: query.get('path') },
    });
    if (answer.status !== 200) throw new Error(`authorize: ${JSON.stringify(answer.body)}`);
    return answer.body.url;
  }

  socket(
    host: string,
    path = '/',
    headers: Record<string, string> = {},
    protocols: readonly string[] = [],
  ): WebSocket {
    return new WebSocket(`ws://127.0.0.1:${this.#port}${path}`, [...protocols], {
      headers: {
        host,
        origin: host.includes(':') ? `http://${host}` : `http://${host}:3001`,
        ...this.#cookieHeader(host, path),
        ...headers,
      },
    });
  }

  #cookieHeader(host: string, path: string): { cookie?: string } {
    const jars = [...this.cookies].filter(([key]) => key === host || `${host}${path}`.startsWith(key));
    const kept = jars.flatMap(([, jar]) => [...jar]).map(([name, value]) => `${name}=${value}`);
    return kept.length === 0 ? {} : { cookie: kept.join('; ') };
  }

  #keep(host: string, line: string): void {
    const [, name = '', value = ''] = /^([^=;]*)=([^;]*)/.exec(line) ?? [];
    const path = /path=(\/[^;]+)/i.exec(line)?.[1] ?? '';
    const key = `${host}${path}`;
    const jar = this.cookies.get(key) ?? new Map<string, string>();
    if (/max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value);
    this.cookies.set(key, jar);
  }
}
