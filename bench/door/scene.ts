import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectDatabase, type Database } from '../../services/api/src/database/connect.ts';
import { silentLogger, TestPostgres } from '../../services/api/testing/postgres.ts';
import { freePort } from '../../tests/stack/free-port.ts';
import { type Person, signInPerson, signUpPerson } from '../../tests/stack/person.ts';
import { ServiceProcess } from '../../tests/stack/service-process.ts';

const ADMIN = { email: 'admin@example.com', password: 'the-first-admin-of-the-benchmark' };
/** Nobody asks for the page; api only compares with it. */
const PAGE_ORIGIN = 'http://localhost:3000';
/** Nobody’s port: compute and agent have no part in what is measured. */
const NOBODY = 'http://127.0.0.1:9';
/** The kernel’s USER_HZ, in which it counts a process’s time. */
const TICKS_PER_SECOND = 100;

/** An api as an operator runs it: a process of its own, with its log at `info`. */
export interface Replica {
  baseUrl: string;
  process: ServiceProcess;
}

/** A PostgreSQL with one empty Podex in it, and the processes that are started over it. */
export class Scene implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #logDirectory: string;
  readonly #keys = {
    JWT_SECRET_KEY: randomBytes(32).toString('hex'),
    INTERNAL_SERVICE_TOKEN: randomBytes(32).toString('hex'),
    COMPUTE_INTERNAL_API_KEY: randomBytes(32).toString('hex'),
  };
  readonly databaseUrl: string;
  readonly database: Database;

  private constructor(
    stack: AsyncDisposableStack,
    databaseUrl: string,
    database: Database,
    logDirectory: string,
  ) {
    this.#stack = stack;
    this.databaseUrl = databaseUrl;
    this.database = database;
    this.#logDirectory = logDirectory;
  }

  static async set(): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const logDirectory = await mkdtemp(path.join(tmpdir(), 'podex-bench-'));
    const postgres = await TestPostgres.start();
    stack.defer(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase();
    const database = stack.use(connectDatabase({ url: databaseUrl, logger: silentLogger }));
    return new Scene(stack.move(), databaseUrl, database, logDirectory);
  }

  async startApi(variables: Record<string, string> = {}): Promise<Replica> {
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const process = await this.startProcess('services/api/src/main.ts', [], `${baseUrl}/health`, {
      ENVIRONMENT: 'development',
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      DATABASE_URL: this.databaseUrl,
      FRONTEND_URL: PAGE_ORIGIN,
      API_HOSTS: '127.0.0.1',
      COMPUTE_SERVICE_URL: NOBODY,
      AGENT_SERVICE_URL: NOBODY,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGN_UP: 'open',
      ...this.#keys,
      ...variables,
    });
    return { baseUrl, process };
  }

  /** With the Node that runs this, and nothing else that is special to it. */
  async startProcess(
    file: string,
    args: string[],
    healthUrl: string,
    environment: Record<string, string> = {},
  ): Promise<ServiceProcess> {
    const service = new ServiceProcess({
      name: `${path.basename(file, '.ts')}-${new URL(healthUrl).port}`,
      command: [process.execPath, file, ...args],
      environment,
      healthUrl,
      logDirectory: this.#logDirectory,
    });
    this.#stack.defer(() => service.stop());
    await service.start();
    return service;
  }

  /** New people one after the other, so that none of them waits for a place at the password checks. */
  async signUp({ baseUrl }: Replica, count: number): Promise<Person[]> {
    const people: Person[] = [];
    for (let made = 0; made < count; made += 1) people.push(await signUpPerson(baseUrl, PAGE_ORIGIN));
    return people;
  }

  /** The same people as admins, each with a token of that scope. */
  async makeAdmins({ baseUrl }: Replica, people: readonly Person[]): Promise<Person[]> {
    await this.database.pool.query(`update "user" set role = 'admin' where email = any($1)`, [
      people.map(({ email }) => email),
    ]);
    const admins: Person[] = [];
    for (const { email, password } of people) {
      admins.push(await signInPerson(baseUrl, PAGE_ORIGIN, email, password));
    }
    return admins;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** As the page would sign somebody in. */
export async function signIn(
  { baseUrl }: Replica,
  { email, password }: Pick<Person, 'email' | 'password'>,
): Promise<void> {
  const response = await fetch(`${baseUrl}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: PAGE_ORIGIN },
    body: JSON.stringify({ email, password }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The sign-in was answered with ${response.status}: ${text}`);
}

/** A further token, made with the person’s own. */
export async function makeToken({ client }: Person, scope: 'write' | 'admin') {
  const { data, error } = await client.POST('/api/tokens', { body: { name: 'bench', scope } });
  if (data === undefined) throw new Error(`A token was refused: ${JSON.stringify(error)}`);
  return { id: data.id, token: data.secret };
}

/** Processor time of a process since its start, in milliseconds. */
export function processorMs({ pid }: ServiceProcess): number {
  // The name of the program stands in parentheses and may hold spaces; user and system time are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1_000;
}

/** Memory of a process that is in RAM, in KB. */
export function residentKilobytes({ pid }: ServiceProcess): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
