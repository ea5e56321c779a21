import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { sql } from 'kysely';
import { withContents } from '../src/conversations/transcript/event-contents.ts';
import { connectDatabase } from '../src/database/connect.ts';
import { listEvents } from '../src/events/event-store.ts';
import { silentLogger } from './postgres.ts';
import type { Answer, TestApi, TestUser } from './test-api.ts';

export interface StoredEvent {
  seq: number;
  body: Record<string, unknown> & { type: string };
}

/** A conversation of its owner, with what tests do to it and look up in its rows. */
export class TestConversation {
  readonly id: string;
  readonly #api: TestApi;
  readonly #owner: TestUser;

  private constructor(api: TestApi, owner: TestUser, id: string) {
    this.#api = api;
    this.#owner = owner;
    this.id = id;
  }

  static async begin(api: TestApi, owner: TestUser, workspaceId: string): Promise<TestConversation> {
    const path = `/api/workspaces/${workspaceId}/conversations`;
    const { body } = await api.ask('POST', path, { as: owner, body: {} });
    return new TestConversation(api, owner, body.id);
  }

  async say(text: string, delivery = 'steer', headers: Record<string, string> = {}): Promise<Answer> {
    const path = `/api/conversations/${this.id}/messages`;
    return this.#api.ask('POST', path, { as: this.#owner, body: { text, delivery }, headers });
  }

  async get(): Promise<Answer['body']> {
    return (await this.#api.ask('GET', `/api/conversations/${this.id}`, { as: this.#owner })).body;
  }

  async cancel(turnId: string): Promise<Answer> {
    return this.#api.ask('POST', `/api/turns/${turnId}/cancel`, { as: this.#owner });
  }

  /** Every event that is kept, as clients read it. */
  async events(): Promise<StoredEvent[]> {
    await using database = connectDatabase({ url: this.#api.config.databaseUrl, logger: silentLogger });
    const events = await listEvents(database.db, `conversation:${this.id}`, {
      after: 0,
      limit: Number.MAX_SAFE_INTEGER,
    });
    const read = await withContents(database.db, events);
    return read.map(({ seq, body }) => ({ seq, body: { ...body } }));
  }

  async types(): Promise<string[]> {
    return (await this.events()).map((event) => event.body.type);
  }

  /** As if the worker had been silent for longer than its lease. */
  async expireLease(turn: ClaimedTurn): Promise<void> {
    await using database = connectDatabase({ url: this.#api.config.databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('turn')
      .set({ lease_expires_at: sql<Date>`now()` })
      .where('id', '=', turn.turn_id)
      .execute();
  }
}
