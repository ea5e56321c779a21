import type { ServerId } from '@podex/contracts/ids';
import type { DrainServerInput } from '@podex/contracts/moves';
import type { Call } from '../calls/call.ts';
import type { Tx } from '../database/connect.ts';
import type { Work } from '../database/transact.ts';

/** What becomes of the workspaces of a server, in the transaction that changes the server. */
export interface ServerMoves {
  /** Has each moved elsewhere that is not on its way already. */
  queue: (work: Work, id: ServerId, input: DrainServerInput, call: Call) => Promise<void>;
  /** Ends the moves away from it that nothing was copied for yet. */
  cancelQueued: (work: Work, id: ServerId) => Promise<void>;
  /** Of moves that still read or write there. */
  countOpen: (tx: Tx, id: ServerId) => Promise<number>;
  /** Gives up the files of those that live there. @returns how many. */
  lose: (work: Work, id: ServerId, call: Call) => Promise<number>;
}
