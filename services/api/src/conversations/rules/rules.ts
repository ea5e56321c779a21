import { PodexError } from '@podex/contracts/errors';
import type { ConversationId, RuleId, WorkspaceId } from '@podex/contracts/ids';
import type { CreateRuleInput, Rule } from '@podex/contracts/rules';
import { appendAudit } from '../../audit/append-audit.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Call } from '../../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../../calls/rate-limits.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { getOwnWorkspace, lockOwnWorkspace } from '../../workspaces/workspaces.ts';
import { getOwnConversation, lockConversation } from '../transcript/conversation-store.ts';
import { addRules, detailsOf, type RuleTarget } from './add-rules.ts';
import { deleteRule, findRule, listRules } from './rule-store.ts';
import { presentRule } from './rule-view.ts';

/** Which rules a request names: those of a conversation, of a workspace, or the caller’s own. */
export type NamedPlace =
  | { scope: 'conversation'; id: ConversationId }
  | { scope: 'workspace'; id: WorkspaceId }
  | { scope: 'user' };

/** What agents may do without asking, must ask for, or may not do. The agent decides by them; here they are only kept. */
export class RuleService {
  readonly #db: Db;
  readonly #bus: Pick<Bus, 'hit'>;
  readonly #transact: Transact;

  constructor({ db, bus, transact }: { db: Db; bus: Pick<Bus, 'hit'>; transact: Transact }) {
    this.#db = db;
    this.#bus = bus;
    this.#transact = transact;
  }

  async list(named: NamedPlace, { actor }: Call): Promise<{ items: Rule[]; next: null }> {
    if (named.scope === 'conversation') await getOwnConversation(this.#db, actor, named.id);
    if (named.scope === 'workspace') await getOwnWorkspace(this.#db, actor, named.id);
    const place = named.scope === 'user' ? { scope: named.scope, id: actor.userId } : named;
    return { items: (await listRules(this.#db, place)).map(presentRule), next: null };
  }

  /** @throws PodexError limit_reached, rate_limited, conversation_not_found, workspace_not_found. */
  async create(named: NamedPlace, input: CreateRuleInput, call: Call): Promise<Rule> {
    await requireBelow(this.#bus, RATE_LIMITS.creationsOfUser, call.actor.userId);
    const row = await this.#transact(async (work) => {
      const target = await lockTarget(work, named, call);
      const [id] = await addRules(work, call, target, [input]);
      return id === undefined ? undefined : findRule(work.tx, target.place, id);
    });
    if (row === undefined) throw notFound();
    return presentRule(row);
  }

  /** @throws PodexError rule_not_found, conversation_not_found, workspace_not_found. */
  async remove(named: NamedPlace, id: RuleId, call: Call): Promise<void> {
    await this.#transact(async (work) => {
      const { place, workspaceId } = await lockTarget(work, named, call);
      const removed = await deleteRule(work.tx, place, id);
      if (removed === undefined) throw notFound();
      appendAudit(work, call, {
        action: 'rule.removed',
        target: { kind: 'rule', id, name: removed.tool },
        workspaceId,
        details: detailsOf(place, removed),
      });
    });
  }
}

/** Held to the end of the transaction, so that nothing is added to what was just deleted or taken from the caller. */
async function lockTarget(work: Work, named: NamedPlace, call: Call): Promise<RuleTarget> {
  if (named.scope === 'user') {
    return { place: { scope: 'user', id: call.actor.userId }, workspaceId: undefined };
  }
  if (named.scope === 'workspace') {
    await lockOwnWorkspace(work, call, named.id);
    return { place: named, workspaceId: named.id };
  }
  const { workspace_id: workspaceId } = await getOwnConversation(work.tx, call.actor, named.id);
  // Conversation, then workspace: the order of locks everywhere.
  await lockConversation(work.tx, named.id);
  await lockOwnWorkspace(work, call, workspaceId);
  return { place: named, workspaceId };
}

function notFound(): PodexError {
  return new PodexError('rule_not_found', 'There is no such rule.', {});
}
