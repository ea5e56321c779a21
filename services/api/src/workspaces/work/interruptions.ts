import type { WorkspaceId } from '@podex/contracts/ids';
import type { HungInput } from '@podex/contracts/internal/compute';
import type { Selectable } from 'kysely';
import { readClock } from '../../database/clock.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import type { Work } from '../../database/transact.ts';
import {
  type ContainersSeen,
  type Interruption,
  lockHungWorkspace,
  lockLostWorkspaces,
  recordInterruption,
} from '../record/interruption-store.ts';
import { appendWorkspaceChanged, WORKSPACE_WORK_CHANNEL } from '../record/workspace-events.ts';
import { nextInterruption, reasonOnTheWay } from './interruption.ts';

/** What should run on a server and does not is started again. */
export async function interruptLost(work: Work, seen: ContainersSeen): Promise<void> {
  for (const row of await lockLostWorkspaces(work.tx, seen)) {
    await interrupt(work, row, { cause: 'ended', at: await readClock(work.tx), hung: null });
  }
}

/** Its container runs and its daemon does not respond: it is ended, and the workspace started again. */
export async function interruptHung(work: Work, id: WorkspaceId, input: HungInput): Promise<void> {
  const { container_id, started_at } = input;
  const row = await lockHungWorkspace(work.tx, id, container_id);
  if (row === undefined) return;
  const at = new Date(input.silent_since);
  await interrupt(work, row, { cause: 'hung', at, hung: { container_id, started_at } });
}

async function interrupt(
  work: Work,
  row: Selectable<Workspace>,
  what: Pick<Interruption, 'cause' | 'at' | 'hung'>,
): Promise<void> {
  const counted = nextInterruption(row, await readClock(work.tx));
  const reason = reasonOnTheWay(what.cause, what.at);
  await recordInterruption(work.tx, row.id, { ...what, ...counted, reason });
  await appendWorkspaceChanged(work, row.id);
  work.wake(WORKSPACE_WORK_CHANNEL);
}
