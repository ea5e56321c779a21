import { expect } from 'vitest';
import { InProcessBus } from '../src/bus/in-process-bus.ts';
import { connectDatabase, type Db } from '../src/database/connect.ts';
import { ComputeDouble } from './compute-double.ts';
import { ComputeWorker } from './compute-worker.ts';
import { eventually } from './eventually.ts';
import { type Opened, openEveryKind } from './open-connections.ts';
import { OPERATION_BODIES } from './operation-bodies.ts';
import { silentLogger } from './postgres.ts';
import { TestApi, type TestUser } from './test-api.ts';

/** How long a connection may outlast what it rests on. */
export const ENDED_WITHIN_MS = 2_000;

/** Two replicas over one database, a running workspace, and one user’s connections to the second replica. */
export class Scene implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #opened: Opened[] = [];
  readonly compute: ComputeDouble;
  readonly first: TestApi;
  readonly second: TestApi;
  readonly db: Db;

  private constructor(compute: ComputeDouble, first: TestApi, second: TestApi, db: Db) {
    this.compute = compute;
    this.first = first;
    this.second = second;
    this.db = db;
  }

  static async set(databaseUrl: string, redisUrl?: string): Promise<Scene> {
    const compute = await ComputeDouble.start();
    compute.respond = (_request, response) => void response.write('output');
    const options = {
      databaseUrl,
      computeUrl: compute.url,
      ...(redisUrl === undefined ? { bus: new InProcessBus() } : { variables: { REDIS_URL: redisUrl } }),
    };
    const [first, second] = [await TestApi.start(options), await TestApi.start(options)];
    const database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const scene = new Scene(compute, first, second, database.db);
    scene.#stack.use(database);
    scene.#stack.defer(() => compute.stop());
    scene.#stack.defer(() => first.stop());
    scene.#stack.defer(() => second.stop());
    return scene;
  }

  async workspace(user: TestUser): Promise<string> {
    const made = await this.first.ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    await new ComputeWorker(this.first, await ComputeWorker.registerServer(this.first)).step();
    return made.body.id;
  }

  async open(user: TestUser, headers: Record<string, string>, workspaceId: string): Promise<Opened[]> {
    const path = `/api/workspaces/${workspaceId}/conversations`;
    const conversation = await this.first.ask('POST', path, { as: user, body: {} });
    await this.first.ask('POST', '/api/me/ssh_keys', { as: user, body: OPERATION_BODIES.addSshKey });
    const opened = await openEveryKind({
      api: this.second,
      headers,
      workspaceId,
      conversationId: conversation.body.id,
    });
    this.#opened.push(...opened);
    // The upload and the wait have no sign of life of their own; the wait is there once its workspace is.
    await eventually(async () => {
      const listed = await this.first.ask('GET', '/api/workspaces', { as: user });
      return listed.body.items.filter(({ name }: { name: string }) => name === 'waiting').length;
    }).toBe(1);
    expect(opened.filter(({ endedAt }) => endedAt !== undefined)).toEqual([]);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#opened) one.cut();
    await this.#stack.disposeAsync();
  }
}

/** Each of them ended in time, and those that can say why did. */
export async function expectAllEnded(opened: readonly Opened[], since: number): Promise<void> {
  await eventually(() => opened.filter((one) => one.endedAt === undefined).map((one) => one.name)).toEqual(
    [],
  );
  const late = opened.filter(({ endedAt = 0 }) => endedAt - since > ENDED_WITHIN_MS);
  expect(late.map(({ name, endedAt = 0 }) => [name, endedAt - since])).toEqual([]);
  const named = (name: string) => opened.find((one) => one.name === name);
  if (named('live socket')) expect(named('live socket')?.closeCode).toBe(4401);
  expect(named('terminal')?.closeCode).toBe(4401);
  expect(named('event stream')?.text).toContain('event: revoked');
}
