import { type Answer, PAGE_ORIGIN, PASSWORD, type TestApi } from './test-api.ts';

const REMOVED = /;\s*max-age=0\b/i;

/** Keeps cookies as a browser does, and asks from the page. */
export class TestBrowser {
  readonly #api: TestApi;
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(api: TestApi, origin = PAGE_ORIGIN) {
    this.#api = api;
    this.#origin = origin;
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.#api.ask(method, path, {
      body,
      headers: { origin: this.#origin, cookie: this.cookie, ...headers },
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('POST', `/api/auth${path}`, body, headers);
  }

  signIn(email: string, password = PASSWORD): Promise<Answer> {
    return this.post('/sign-in/email', { email, password });
  }

  /** The status of a request that needs a session. */
  async statusOfMe(): Promise<number> {
    return (await this.ask('GET', '/api/me')).status;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get cookieNames(): string[] {
    return [...this.#cookies.keys()].sort();
  }

  /** A copy that goes its own way from here. */
  clone(): TestBrowser {
    const copy = new TestBrowser(this.#api, this.#origin);
    for (const [name, value] of this.#cookies) copy.#cookies.set(name, value);
    return copy;
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    if (REMOVED.test(line) || value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
