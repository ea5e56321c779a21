import { waitUntil } from '@podex/service-kit/waiting';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';
import { connectDatabase } from '../../database/connect.ts';

/** Well below the lease, and above the second in which a worker may connect again. */
const SOON_MS = 5000;

describe('a worker of agent', () => {
  const api = setUpApi();
  let user: TestUser;
  let conversation: TestConversation;
  let worker: AgentWorker;

  beforeAll(async () => {
    user = await api().signUp();
  });
  beforeEach(async () => {
    worker = new AgentWorker(api(), `worker-${crypto.randomUUID()}`);
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    conversation = await TestConversation.begin(api(), user, made.body.id);
    await conversation.say('hello');
  });

  /** Connected until it is aborted. */
  async function connect(): Promise<AbortController> {
    const before = await connectionOf(worker.id);
    const connection = new AbortController();
    worker.attend(connection.signal).catch(() => undefined);
    await waitUntil(async () => ((await connectionOf(worker.id)) === before ? undefined : true), {
      timeoutMs: 10_000,
      everyMs: 10,
    });
    return connection;
  }

  async function connectionOf(id: string): Promise<string | undefined> {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const rows = database.db.selectFrom('turn_worker').select('connection').where('id', '=', id);
    return (await rows.executeTakeFirst())?.connection;
  }

  it('whose connection ends loses its turns long before their lease', async () => {
    const turn = await worker.claim();
    const connection = await connect();
    const other = new AgentWorker(api(), 'other');
    const waiting = other.tryClaim(SOON_MS);
    connection.abort();
    const next = await waiting;
    expect(next?.turn_id).toBe(turn.turn_id);
    expect((await worker.renew(turn)).body.error.code).toBe('lease_lost');
    if (next !== null) await other.release(next, 'cancelled');
  }, 15_000);

  it('that connects again keeps its turns', async () => {
    const turn = await worker.claim();
    const first = await connect();
    const second = await connect();
    first.abort();
    expect(await new AgentWorker(api(), 'other').tryClaim(2000)).toBeNull();
    expect((await worker.renew(turn)).status).toBe(200);
    await worker.release(turn, 'cancelled');
    second.abort();
  }, 15_000);

  it('is given a turn that it has lost only when it asks after the loss', async () => {
    const turn = await worker.claim();
    const waiting = worker.tryClaim(1500);
    await conversation.expireLease(turn);
    expect(await waiting).toBeNull();
    const again = await worker.claim();
    expect(again.turn_id).toBe(turn.turn_id);
    expect((await worker.askContext(turn)).body.error.code).toBe('lease_lost');
    await worker.release(again, 'cancelled');
  }, 15_000);
});
