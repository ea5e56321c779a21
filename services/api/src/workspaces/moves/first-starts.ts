import type { ObserveInput } from '@podex/contracts/internal/compute';
import type { WorkspaceStatus } from '@podex/contracts/workspaces';
import type { Selectable } from 'kysely';
import { SYSTEM } from '../../audit/append-audit.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import type { Work } from '../../database/transact.ts';
import { findServer, type ServerRow } from '../../servers/server-store.ts';
import { SERVER_WORK_CHANNEL } from '../../servers/server-work-channel.ts';
import {
  type FirstStart,
  insertLeftover,
  isAnotherReady,
  isFirstStart,
  type LeaveCause,
  lockFirstStarts,
  setReason,
  takeOffServer,
} from '../record/leftover-store.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { appendWorkspaceChanged, WORKSPACE_WORK_CHANNEL } from '../record/workspace-events.ts';
import { cancelMove } from './moves.ts';

type LeftServer = Pick<ServerRow, 'id' | 'name' | 'engine_id'>;

/**
 * What has never run on a server that fails begins again elsewhere; what has files there waits for it. So does everything while no other
 * server is ready: what was begun there can go on.
 */
export async function leaveFailingServer(work: Work, server: LeftServer, cause: LeaveCause): Promise<void> {
  if (!(await isAnotherReady(work.tx, server.id))) return;
  for (const row of await lockFirstStarts(work.tx, server.id)) {
    if (isFirstStart(row)) await leaveServer(work, row, server, cause);
  }
}

/** The server stopped responding after it was chosen, and before it was given the workspace. */
export async function leftSilentServer(
  work: Work,
  row: Selectable<Workspace>,
  { status }: Pick<ObserveInput, 'status'>,
): Promise<boolean> {
  if (status !== 'unreachable' || !isFirstStart(row) || row.desired_status === 'deleted') return false;
  const server = await findServer(work.tx, row.server_id);
  if (server?.observed_status !== 'unreachable') return false;
  if (!(await isAnotherReady(work.tx, server.id))) return false;
  await leaveServer(work, row, server, 'unreachable');
  return true;
}

/** For a caller that has locked the workspace. It takes no slot of the warm pool in place of the one that it may have had. */
async function leaveServer(
  work: Work,
  row: FirstStart,
  server: LeftServer,
  cause: LeaveCause,
): Promise<void> {
  await cancelMove(work, row.id);
  await insertLeftover(work.tx, row, server.engine_id);
  work.wake(SERVER_WORK_CHANNEL);
  const left = { name: server.name, because: cause };
  await takeOffServer(work.tx, row.id, { ...left, reason: reasonOfLeaving(left, undefined) });
  await appendWorkspaceChanged(work, row.id);
  appendWorkspaceAudit(work, SYSTEM, row, 'workspace.left_server', {
    server: server.id,
    because: cause,
    storage_key: row.storage_key,
  });
  work.wake(WORKSPACE_WORK_CHANNEL);
}

/** What is removed from a lost server, if it ever joins again, is remembered for deleted ones too. */
export async function leaveLostServer(
  work: Work,
  row: Selectable<Workspace>,
  server: LeftServer,
): Promise<'left' | 'lost'> {
  if (!isFirstStart(row)) return 'lost';
  if (row.desired_status !== 'deleted') {
    await leaveServer(work, row, server, 'unreachable');
    return 'left';
  }
  await insertLeftover(work.tx, row, server.engine_id);
  return 'lost';
}

/** It has been put on a server again, for which the caller holds the lease. */
export async function arriveElsewhere(work: Work, row: Selectable<Workspace>, to: LeftServer): Promise<void> {
  const left = leftOf(row);
  if (left === undefined || row.server_id === to.id) return;
  await setReason(work.tx, row.id, reasonOfLeaving(left, to.name));
  await appendWorkspaceChanged(work, row.id);
  appendWorkspaceAudit(work, SYSTEM, row, 'workspace.moved', { from: left.name, to: to.name });
}

/** What compute says of a first start that has left a server, and that it has. */
export async function withReasonOfLeaving(
  work: Work,
  row: Selectable<Workspace>,
  { status, reason }: Pick<ObserveInput, 'status' | 'reason'>,
): Promise<string | null> {
  const left = leftOf(row);
  if (left === undefined || !SAYS_WHAT_IT_LEFT.has(status)) return reason;
  const server = row.server_id === null ? undefined : await findServer(work.tx, row.server_id);
  const leaving = reasonOfLeaving(left, server?.name);
  return reason === null ? leaving : `${leaving} ${reason}`;
}

const SAYS_WHAT_IT_LEFT: ReadonlySet<WorkspaceStatus> = new Set(['creating', 'running']);

interface Left {
  name: string;
  because: LeaveCause;
}

function leftOf({ left_server: name, left_because: because }: Selectable<Workspace>): Left | undefined {
  return name === null || because === null ? undefined : { name, because };
}

const NOW: Readonly<Record<LeaveCause, string>> = {
  unreachable: 'does not respond',
  unfit: 'fails its checks',
};
const BEFORE: Readonly<Record<LeaveCause, string>> = {
  unreachable: 'did not respond',
  unfit: 'failed its checks',
};

function reasonOfLeaving({ name, because }: Left, to: string | undefined): string {
  if (to === undefined) return `${name} ${NOW[because]}: another server is looked for.`;
  if (to === name) return `Started again: ${name} ${BEFORE[because]}.`;
  return `Moved to ${to}: ${name} ${NOW[because]}.`;
}
