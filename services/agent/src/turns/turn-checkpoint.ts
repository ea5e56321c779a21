import { PodexError } from '@podex/contracts/errors';
import { checkpointIdOfTurn } from '@podex/contracts/ids';
import { WorkspaceNotReady } from '../workspace/workspace-not-ready.ts';
import type { ActingStep } from './acting-step.ts';
import type { TurnEnvironment } from './turn-environment.ts';

/** Turns of this worker that need not be kept again. */
const kept = new WeakSet<TurnEnvironment>();

/**
 * Makes a checkpoint of the workspace before the first call of a turn that may change it: commands as well. A workspace that can’t
 * make one (its disk is full, it has too many files, its daemon is older) does not stop the turn.
 */
export async function keepBeforeChanges({ environment, context, ids, journal }: ActingStep): Promise<void> {
  if (kept.has(environment)) return;
  kept.add(environment);
  const id = checkpointIdOfTurn(context.turn_id);
  const { workspace, lease, logger } = environment;
  try {
    await workspace.createCheckpoint(
      { id, turn_id: context.turn_id, include_ignored: false },
      { signal: lease.signal },
    );
  } catch (error) {
    lease.signal.throwIfAborted();
    if (error instanceof WorkspaceNotReady) throw error;
    const code = PodexError.isInstance(error) ? error.code : 'internal';
    logger.warn({ err: error, ...ids, code }, 'turn.checkpoint_failed');
    return;
  }
  await journal.add({ type: 'checkpoint.created', ...ids, checkpoint_id: id });
}
