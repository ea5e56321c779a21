import type { Turn } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { TurnId } from '@podex/contracts/ids';
import type { Call } from '../../calls/call.ts';
import type { Transact } from '../../database/transact.ts';
import { presentTurn } from '../transcript/conversation-view.ts';
import { findOwnTurn, findTurn, lockTurn } from '../transcript/turn-store.ts';
import { cancelTurn } from './turn-ending.ts';

/** What a person does with a turn; agent’s side is turn-work.ts. */
export class TurnService {
  readonly #transact: Transact;

  constructor({ transact }: { transact: Transact }) {
    this.#transact = transact;
  }

  /** @throws PodexError turn_not_found, turn_already_ended. */
  async cancel(id: TurnId, { actor }: Call): Promise<Turn> {
    return this.#transact(async (work) => {
      if ((await findOwnTurn(work.tx, actor, id)) === undefined) throw notFound();
      const turn = await lockTurn(work.tx, id);
      if (turn === undefined) throw notFound();
      if (turn.ended_at !== null) {
        throw new PodexError('turn_already_ended', `The turn is ${turn.status} already.`, {});
      }
      await cancelTurn(work, turn);
      const after = await findTurn(work.tx, id);
      if (after === undefined) throw notFound();
      return presentTurn(after);
    });
  }
}

function notFound(): PodexError {
  return new PodexError('turn_not_found', 'There is no such turn.', {});
}
