import { PAGE_ORIGIN, type TestApi } from './test-api.ts';

const REDIRECTS_MAX = 12;

/** Where a walk through a provider ended. */
export interface Landing {
  /** On the page. */
  url: URL;
  /** Code of a failure; null when it went well. */
  error: string | null;
}

/** A browser with a jar of cookies for api and one for providers, that signs in with providers. */
export class OAuthBrowser {
  readonly #api: TestApi;
  readonly #jars = new Map<string, Map<string, string>>();

  constructor(api: TestApi) {
    this.#api = api;
  }

  /** As the page does. */
  async post(path: string, body: object) {
    const headers = { cookie: this.cookieFor(this.#api.baseUrl), origin: PAGE_ORIGIN };
    const answer = await this.#api.ask('POST', path, { headers, body });
    this.#keep(this.#api.baseUrl, answer.headers);
    return answer;
  }

  async get(path: string) {
    const headers = { cookie: this.cookieFor(this.#api.baseUrl), origin: PAGE_ORIGIN };
    return this.#api.ask('GET', path, { headers });
  }

  /** The address at the provider, with the state and the cookie that go with it. */
  async begin(provider: string, more: object = {}, path = '/api/auth/sign-in/social'): Promise<URL> {
    const answer = await this.post(path, { provider, callbackURL: '/workspaces', ...more });
    if (answer.status !== 200) throw new Error(`not begun: ${answer.status} ${JSON.stringify(answer.body)}`);
    return new URL(answer.body.url);
  }

  /** Through the provider to the address at api that it leads to, which is not opened yet. */
  async toCallback(url: URL): Promise<URL> {
    let at = url;
    for (let hops = 0; hops < REDIRECTS_MAX; hops += 1) {
      if (at.origin === this.#api.baseUrl) return at;
      at = new URL((await this.open(at)).headers.get('location') ?? '', at);
    }
    throw new Error(`no way to the callback from ${url.href}`);
  }

  async land(callback: URL): Promise<Landing> {
    const response = await this.open(callback);
    const location = response.headers.get('location');
    if (location === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`);
    const landed = new URL(location);
    return { url: landed, error: landed.searchParams.get('error') };
  }

  /** The whole walk. */
  async signIn(provider: string, more: object = {}): Promise<Landing> {
    return this.land(await this.toCallback(await this.begin(provider, more)));
  }

  async link(provider: string, more: object = {}): Promise<Landing> {
    return this.land(await this.toCallback(await this.begin(provider, more, '/api/auth/link-social')));
  }

  /** Who is signed in; undefined when nobody is. */
  async me(): Promise<{ id: string; email: string } | undefined> {
    const answer = await this.get('/api/me');
    return answer.status === 200 ? answer.body : undefined;
  }

  async open(url: URL, init: RequestInit = {}): Promise<Response> {
    const headers = { cookie: this.cookieFor(url.origin), ...Object(init.headers) };
    const response = await fetch(url, { ...init, redirect: 'manual', headers });
    this.#keep(url.origin, response.headers);
    return response;
  }

  cookieFor(origin: string): string {
    return [...(this.#jars.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(origin: string, headers: Headers): void {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    for (const cookie of headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      const isOver = /;\s*max-age=0(;|$)/i.test(cookie) || pair.length === at + 1;
      if (isOver) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}
