import type { Turn } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { TurnId } from '@podex/contracts/ids';
import type { Call } from '../../calls/call.ts';
import type { Tx } from '../../database/connect.ts';
import type { Transact } from '../../database/transact.ts';
import type { Quotas } from '../../quotas/quotas.ts';
import { lockOwnWorkspace, wantRunning } from '../../workspaces/workspaces.ts';
import { getConversationOfTurn, lockConversation } from '../transcript/conversation-store.ts';
import { presentTurn } from '../transcript/conversation-view.ts';
import { findOwnTurn, findTurn, lockTurn, type TurnRow } from '../transcript/turn-store.ts';
import { cancelTurn, queueTurn } from './turn-ending.ts';

/** What a person does with a turn; agent’s side is turn-work.ts. */
export class TurnService {
  readonly #transact: Transact;
  readonly #quotas: Quotas;

  constructor({ transact, quotas }: { transact: Transact; quotas: Quotas }) {
    this.#transact = transact;
    this.#quotas = quotas;
  }

  /** @throws PodexError turn_not_found, turn_already_ended. */
  async cancel(id: TurnId, { actor }: Call): Promise<Turn> {
    return this.#transact(async (work) => {
      if ((await findOwnTurn(work.tx, actor, id)) === undefined) throw notFound();
      await cancelTurn(work, await lockActive(work.tx, id));
      return present(work.tx, id);
    });
  }

  /**
   * A turn that waits for the clock or its workspace is tried at once. One that is queued or runs stays as it is.
   *
   * @throws PodexError turn_not_found, turn_already_ended, conflict when it waits for a person.
   */
  async wake(id: TurnId, call: Call): Promise<Turn> {
    return this.#transact(async (work) => {
      const own = await findOwnTurn(work.tx, call.actor, id);
      if (own === undefined) throw notFound();
      // Conversation, workspace, turn: the order of locks everywhere.
      await lockConversation(work.tx, own.conversation_id);
      const { workspace_id: workspaceId } = await getConversationOfTurn(work.tx, own.conversation_id);
      const workspace = await lockOwnWorkspace(work, call, workspaceId);
      const turn = await lockActive(work.tx, id);
      if (turn.waiting_reason === 'approval' || turn.waiting_reason === 'input') {
        throw new PodexError(
          'conflict',
          'The turn waits for a person. Approve, deny or answer what it asks.',
          {},
        );
      }
      if (turn.status === 'waiting') {
        await wantRunning(work, this.#quotas, call, workspace);
        await queueTurn(work, turn);
      }
      return present(work.tx, id);
    });
  }
}

/** @throws PodexError turn_not_found, turn_already_ended. */
async function lockActive(tx: Tx, id: TurnId): Promise<TurnRow> {
  const turn = await lockTurn(tx, id);
  if (turn === undefined) throw notFound();
  if (turn.ended_at === null) return turn;
  throw new PodexError('turn_already_ended', `The turn is ${turn.status} already.`, {});
}

async function present(tx: Tx, id: TurnId): Promise<Turn> {
  const turn = await findTurn(tx, id);
  if (turn === undefined) throw notFound();
  return presentTurn(turn);
}

function notFound(): PodexError {
  return new PodexError('turn_not_found', 'There is no such turn.', {});
}
