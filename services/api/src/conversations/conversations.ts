import type {
  Conversation,
  CreateMessageInput,
  createConversationInput,
  createdMessage,
  updateConversationInput,
} from '@podex/contracts/conversations';
import { type ConversationId, conversationId, newId, type WorkspaceId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import type { TranscriptPage, TranscriptQuery } from '@podex/contracts/transcript';
import type { z } from 'zod';
import type { Bus } from '../bus/bus.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { ModelService } from '../models/models.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { sumUsageOfConversations } from '../usage/usage-store.ts';
import { getOwnWorkspace } from '../workspaces/workspaces.ts';
import { sendMessage } from './messages.ts';
import {
  type ConversationRow,
  getOwnConversation,
  hideConversation,
  insertConversation,
  listConversations,
  lockConversation,
  updateConversation,
} from './transcript/conversation-store.ts';
import { presentConversation } from './transcript/conversation-view.ts';
import { readTranscriptPage } from './transcript/transcript-page.ts';
import { findActiveTurns } from './transcript/turn-store.ts';
import { cancelConversationTurns } from './turns/turn-ending.ts';

export interface ConversationServiceOptions {
  db: Db;
  bus: Bus;
  transact: Transact;
  models: ModelService;
  quotas: Quotas;
}

type CreateInput = z.output<typeof createConversationInput>;
type UpdateInput = z.output<typeof updateConversationInput>;

/** Chats with an agent in a workspace. */
export class ConversationService {
  readonly #db: Db;
  readonly #bus: ConversationServiceOptions['bus'];
  readonly #transact: Transact;
  readonly #models: ModelService;
  readonly #quotas: Quotas;

  constructor({ db, bus, transact, models, quotas }: ConversationServiceOptions) {
    this.#db = db;
    this.#bus = bus;
    this.#transact = transact;
    this.#models = models;
    this.#quotas = quotas;
  }

  async create(ofWorkspace: WorkspaceId, input: CreateInput, call: Call): Promise<Conversation> {
    await requireBelow(this.#bus, RATE_LIMITS.creationsOfUser, call.actor.userId);
    await getOwnWorkspace(this.#db, call.actor, ofWorkspace);
    const id = await this.#transact(({ tx }) => {
      const newConversation = newId('conversation');
      return createOnce(tx, call, { id: newConversation, schema: conversationId }, () =>
        insertConversation(tx, {
          id: newConversation,
          workspaceId: ofWorkspace,
          title: input.title,
          mode: input.mode,
          model: input.model ?? null,
          reasoningEffort: input.reasoning_effort ?? null,
        }),
      );
    });
    return this.get(id, call);
  }

  async get(id: ConversationId, { actor }: Call): Promise<Conversation> {
    const row = await getOwnConversation(this.#db, actor, id);
    const presented = await this.#present([row]);
    return presented(row);
  }

  /** @throws PodexError conversation_not_found. */
  async transcript(id: ConversationId, page: TranscriptQuery, { actor }: Call): Promise<TranscriptPage> {
    await getOwnConversation(this.#db, actor, id);
    return readTranscriptPage(this.#db, id, page);
  }

  async list(
    ofWorkspace: WorkspaceId,
    page: PageQuery,
    { actor }: Call,
  ): Promise<{ items: Conversation[]; next: string | null }> {
    await getOwnWorkspace(this.#db, actor, ofWorkspace);
    const rows = await listConversations(this.#db, ofWorkspace, page);
    const presented = await this.#present(rows);
    return toPage(rows, page.limit, presented);
  }

  async update(id: ConversationId, input: UpdateInput, call: Call): Promise<Conversation> {
    await getOwnConversation(this.#db, call.actor, id);
    await updateConversation(this.#db, id, input);
    return this.get(id, call);
  }

  /** Gone for its owner at once; a turn that a worker holds is cancelled, and the rows go after it. */
  async delete(id: ConversationId, { actor }: Call): Promise<void> {
    await this.#transact(async (work) => {
      await lockConversation(work.tx, id);
      await getOwnConversation(work.tx, actor, id);
      await cancelConversationTurns(work, id);
      await hideConversation(work.tx, id);
    });
  }

  /** @throws PodexError no_model_configured: a turn that nothing can run is not begun. */
  async sendMessage(
    id: ConversationId,
    input: CreateMessageInput,
    call: Call,
  ): Promise<z.infer<typeof createdMessage>> {
    await requireBelow(this.#bus, RATE_LIMITS.creationsOfUser, call.actor.userId);
    await getOwnConversation(this.#db, call.actor, id);
    await this.#models.requireConfigured();
    return this.#transact((work) => sendMessage(work, this.#quotas, id, input, call));
  }

  async #present(rows: readonly ConversationRow[]): Promise<(row: ConversationRow) => Conversation> {
    const ids = rows.map((row) => row.id);
    const turns = await findActiveTurns(this.#db, ids);
    const usages = await sumUsageOfConversations(this.#db, ids);
    return (row) => presentConversation(row, turns.get(row.id), usages.get(row.id));
  }
}
