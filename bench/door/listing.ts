import { newId } from '@podex/contracts/ids';
import { freePort } from '../../tests/stack/free-port.ts';
import type { Person } from '../../tests/stack/person.ts';
import type { ServiceProcess } from '../../tests/stack/service-process.ts';
import { type Summary, summarise } from '../statistics.ts';
import { type Load, type LoadResult, runLoad } from './http-load.ts';
import { processorMs, type Replica, type Scene } from './scene.ts';
import { StatementCounter } from './statement-counter.ts';

const WORKSPACES = 1_000;
const PATH = '/api/workspaces?limit=200';
const CONNECTIONS = 10;
const ROUND_MS = 3_000;
const WARM_UP_MS = 2_000;
const COUNTED_REQUESTS = 100;

export interface Answering {
  times: Summary;
  perSecond: number;
  /** Of the answering process alone, in milliseconds a request. */
  processorMs: number;
}

export interface Listing {
  ours: Answering;
  /** A bare Hono route that sends the same bytes. */
  bytes: Answering;
  /** A bare Hono route that reads the same rows and sends them. */
  rows: Answering;
  bodyBytes: number;
}

/** The list of 200 of a person’s 1,000 workspaces, and the two bare routes, in turns. */
export async function measureListing(scene: Scene, api: Replica, rounds: number): Promise<Listing> {
  const person = await personWithWorkspaces(scene, api);
  const url = `${api.baseUrl}${PATH}`;
  const headers = { authorization: `Bearer ${person.token}` };
  const barePort = await freePort();
  const bareUrl = `http://127.0.0.1:${barePort}`;
  const bare = await scene.startProcess(
    'services/api/testing/bare-route.ts',
    [String(barePort), url, person.token, scene.databaseUrl],
    `${bareUrl}/health`,
  );
  const bytes = new Side(bare, { url: `${bareUrl}/`, connections: CONNECTIONS });
  const rows = new Side(bare, { url: `${bareUrl}/rows`, connections: CONNECTIONS });
  const ours = new Side(api.process, { url, headers, connections: CONNECTIONS });
  const bodyBytes = await requireSameBytes(url, headers, `${bareUrl}/`);
  const sides = [bytes, rows, ours];
  for (const side of sides) await side.warmUp();
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) await side.run();
  }
  await bare.stop();
  return { ours: ours.answering, bytes: bytes.answering, rows: rows.answering, bodyBytes };
}

/** SQL statements of each of some requests, one after the other. */
export async function countStatements(scene: Scene): Promise<readonly number[]> {
  await using counter = await StatementCounter.start(scene.databaseUrl);
  const api = await scene.startApi({ DATABASE_URL: counter.url });
  const person = await personWithWorkspaces(scene, api);
  const counts: number[] = [];
  for (let asked = 0; asked < COUNTED_REQUESTS; asked += 1) {
    const before = counter.count;
    await readAll(`${api.baseUrl}${PATH}`, { authorization: `Bearer ${person.token}` });
    counts.push(counter.count - before);
  }
  await api.process.stop();
  return counts;
}

/** Straight into the table: a thousand creations would measure something else, and end at a limit. */
async function personWithWorkspaces(scene: Scene, api: Replica): Promise<Person> {
  const [person] = await scene.signUp(api, 1);
  if (person === undefined) throw new Error('Nobody signed up');
  const ids = Array.from({ length: WORKSPACES }, () => newId('workspace'));
  await scene.database.pool.query(
    `insert into workspace (id, owner_id, name, size, desired_status, status, settled, storage_key)
     select id, (select id from "user" where email = $2), 'Workspace ' || number, 'small', 'stopped', 'stopped', true, id
     from unnest($1::text[]) with ordinality as made (id, number)`,
    [ids, person.email],
  );
  await scene.database.pool.query('analyze workspace');
  return person;
}

async function readAll(url: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}: ${text}`);
  return text;
}

async function requireSameBytes(url: string, headers: Record<string, string>, rawUrl: string) {
  const ours = await readAll(url, headers);
  if (ours !== (await readAll(rawUrl, {}))) throw new Error('The bare route sends other bytes than api');
  return Buffer.byteLength(ours);
}

/** What is gathered about one of those that take turns. */
class Side {
  readonly #process: ServiceProcess;
  readonly #load: Omit<Load, 'durationMs'>;
  readonly #results: LoadResult[] = [];
  #processorMs = 0;

  constructor(process: ServiceProcess, load: Omit<Load, 'durationMs'>) {
    this.#process = process;
    this.#load = load;
  }

  async warmUp(): Promise<void> {
    await runLoad({ ...this.#load, durationMs: WARM_UP_MS });
  }

  async run(): Promise<void> {
    const before = processorMs(this.#process);
    this.#results.push(await runLoad({ ...this.#load, durationMs: ROUND_MS }));
    this.#processorMs += processorMs(this.#process) - before;
  }

  get answering(): Answering {
    const failed = this.#results.reduce((sum, result) => sum + result.failed, 0);
    const elapsedMs = this.#results.reduce((sum, result) => sum + result.elapsedMs, 0);
    const samplesMs = this.#results.flatMap((result) => result.samplesMs);
    return {
      times: summarise(samplesMs, failed),
      perSecond: (samplesMs.length / elapsedMs) * 1_000,
      processorMs: this.#processorMs / (samplesMs.length + failed),
    };
  }
}
