import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { Work } from '../database/transact.ts';
import { POOL_CHANNEL } from './pool-channel.ts';
import { giveUpSlot, sumTaken, type Taken } from './pool-store.ts';

/** What must still fit on a server beside a new slot: people’s workspaces come first. */
export const SPARE_ROOM = WORKSPACE_SIZES.medium;

/**
 * Slots make room for what the caller has just put on the server. The containers of those that are given up are removed a moment
 * later, and use little until then.
 *
 * @throws PodexError limit_reached when it does not fit although no slot is left to be given up.
 */
export async function makeRoom(work: Work, serverId: ServerId, max: Taken): Promise<void> {
  for (;;) {
    const over = whatIsOver(await sumTaken(work.tx, serverId), max);
    if (over === undefined) return;
    const ofServer = over === 'workspaces' ? undefined : serverId;
    if (!(await giveUpSlot(work.tx, ofServer))) {
      const limit = over === 'workspaces' ? 'max_workspaces' : over;
      throw new PodexError('limit_reached', `No room left: ${limit} is ${max[over]}.`, {
        limit,
        max: max[over],
      });
    }
    work.wake(POOL_CHANNEL);
  }
}

function whatIsOver(taken: Taken, max: Taken): keyof Taken | undefined {
  if (taken.cpu > max.cpu) return 'cpu';
  if (taken.memory_mb > max.memory_mb) return 'memory_mb';
  if (taken.workspaces > max.workspaces) return 'workspaces';
  return undefined;
}
