import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { DaemonUpdates } from '../runtime/daemon-updates.ts';

const CURES = {
  at_next_start: 'Stop and start it to update.',
  needs_rebuild: 'Rebuild it to update.',
} as const;

/**
 * What api forwards are routes of the contract: a daemon that does not know one is older than it. Of one that is current the error stands.
 */
export function explainOutdated(
  id: WorkspaceId,
  updates: Pick<DaemonUpdates, 'find'>,
): (error: PodexError) => PodexError {
  return (error) => {
    const isUnknown = PodexError.has(error, 'not_found') || PodexError.has(error, 'method_not_allowed');
    const standing = isUnknown ? updates.find(id)?.standing : undefined;
    if (standing === undefined || standing === 'current') return error;
    // It is sent the newer code in a moment.
    const update = standing === 'offer' ? 'at_next_start' : standing;
    const message = `This workspace runs an older Podex daemon. ${CURES[update]}`;
    return new PodexError('daemon_outdated', message, { update }, { cause: error });
  };
}
