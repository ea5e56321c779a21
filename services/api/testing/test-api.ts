import { startHttpServer } from '@podex/service-kit/http-server';
import { buildApi } from '../src/app/app.ts';
import type { Bus } from '../src/bus/bus.ts';
import { InProcessBus } from '../src/bus/in-process-bus.ts';
import { type ApiConfig, loadConfig } from '../src/config.ts';
import { connectionLimits } from '../src/connections/connection-limits.ts';
import { silentLogger } from './postgres.ts';

export const PAGE_ORIGIN = 'http://localhost:3000';
export const ADMIN = { email: 'admin@example.com', password: 'the-admins-password' };
export const PASSWORD = 'correct-horse-battery';
export const SESSION_SECRET = 'a-session-secret-of-at-least-32-characters';
const INTERNAL_TOKEN = 'internal-token-of-tests-of-32-characters';
export const COMPUTE_KEY = 'compute-key-of-tests-of-32-characters';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever came and assert on it.
  body: any;
}

export interface Ask {
  /** A user made by `signUp`; asked with their bearer token. */
  as?: TestUser | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestUser {
  id: string;
  email: string;
  token: string;
  /** Value of a `Cookie` header. */
  cookie: string;
}

export interface TestApiOptions {
  databaseUrl: string;
  computeUrl?: string;
  agentUrl?: string;
  /** Shared by several processes in place of Redis. */
  bus?: Bus;
  variables?: Record<string, string>;
  /** What no variable can say. */
  config?: Partial<ApiConfig>;
  /** Of connections, as `main.ts` sets them. */
  areConnectionsLimited?: boolean;
}

/** A whole api on a free port, as `main.ts` runs it, with what tests do to it. */
export class TestApi {
  readonly baseUrl: string;
  readonly config: ApiConfig;
  readonly #stop: () => Promise<void>;
  #users = 0;

  private constructor(baseUrl: string, config: ApiConfig, stop: () => Promise<void>) {
    this.baseUrl = baseUrl;
    this.config = config;
    this.#stop = stop;
  }

  static async start(options: TestApiOptions): Promise<TestApi> {
    const read = loadConfig({
      ENVIRONMENT: 'development',
      PORT: '0',
      DATABASE_URL: options.databaseUrl,
      FRONTEND_URL: PAGE_ORIGIN,
      // Where a test asks, whatever the page’s address is.
      API_HOSTS: '127.0.0.1',
      JWT_SECRET_KEY: SESSION_SECRET,
      INTERNAL_SERVICE_TOKEN: INTERNAL_TOKEN,
      // Port 9 is nobody’s: a test that needs the other side says where it is.
      COMPUTE_SERVICE_URL: options.computeUrl ?? 'http://127.0.0.1:9',
      AGENT_SERVICE_URL: options.agentUrl ?? 'http://127.0.0.1:9',
      COMPUTE_INTERNAL_API_KEY: COMPUTE_KEY,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGN_UP: 'open',
      SECRETS_KEY: 'k'.repeat(43),
      ...options.variables,
    });
    const config = { ...read, ...options.config };
    const bus = options.bus ?? (config.redisUrl === undefined ? new InProcessBus() : undefined);
    const api = await buildApi(config, { logger: silentLogger, ...(bus === undefined ? {} : { bus }) });
    const limits = options.areConnectionsLimited ? connectionLimits(config.trustedProxies) : {};
    const server = await startHttpServer({ ...api, limits, port: 0, host: '127.0.0.1' });
    const previewServer =
      api.previewServer && (await startHttpServer({ ...api.previewServer, limits, host: '127.0.0.1' }));
    return new TestApi(`http://127.0.0.1:${server.port}`, config, async () => {
      api.startStopping();
      await Promise.all([server.close(0), previewServer?.close(0)]);
      await api.stop();
    });
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  async ask(method: string, path: string, { as, body, headers }: Ask = {}): Promise<Answer> {
    const response = await fetch(new URL(path, this.baseUrl), {
      method,
      redirect: 'manual',
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }

  /** As another service of Podex. */
  async internal(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ask(method, path, { body, headers: { authorization: `Bearer ${INTERNAL_TOKEN}` } });
  }

  async signUp(email = `user-${++this.#users}@example.com`): Promise<TestUser> {
    const body = { email, password: PASSWORD, name: 'A user' };
    const signedUp = await this.ask('POST', '/api/auth/sign-up/email', { body });
    if (signedUp.status !== 200) throw new Error(`sign-up failed: ${JSON.stringify(signedUp.body)}`);
    const answer = await this.ask('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } });
    if (answer.status !== 200) throw new Error(`sign-in failed: ${JSON.stringify(answer.body)}`);
    return this.#withToken(email, cookieOf(answer), 'write');
  }

  async changeSettings(settings: object): Promise<void> {
    const signedIn = await this.ask('POST', '/api/auth/sign-in/email', { body: ADMIN });
    const headers = { cookie: cookieOf(signedIn), origin: this.config.frontendOrigin };
    const changed = await this.ask('PATCH', '/api/admin/settings', { headers, body: settings });
    if (changed.status !== 200) throw new Error(`settings were refused: ${JSON.stringify(changed.body)}`);
  }

  async signInAdmin(): Promise<TestUser> {
    const answer = await this.ask('POST', '/api/auth/sign-in/email', { body: ADMIN });
    if (answer.status !== 200) throw new Error(`sign-in failed: ${JSON.stringify(answer.body)}`);
    return this.#withToken(ADMIN.email, cookieOf(answer), 'admin');
  }

  async #withToken(email: string, cookie: string, scope: string): Promise<TestUser> {
    const headers = { cookie, origin: PAGE_ORIGIN };
    const me = await this.ask('GET', '/api/me', { headers });
    const token = await this.ask('POST', '/api/tokens', { headers, body: { name: 'test', scope } });
    return { id: me.body.id, email, cookie, token: token.body.secret };
  }
}

/** What a browser would send back. */
export function cookieOf(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
