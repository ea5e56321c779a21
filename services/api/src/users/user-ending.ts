import type { UserId } from '@podex/contracts/ids';
import {
  buryUser,
  deleteResetLinksOfUser,
  deleteSessionsOfUser,
  revokeInvitationsBy,
  setSuspended,
} from '../accounts/standing-store.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import { cancelWorkspaceTurns } from '../conversations/turns/turn-ending.ts';
import type { Work } from '../database/transact.ts';
import { leaveTeamsForGood } from '../teams/leaving-teams.ts';
import { appendWorkspaceAudit } from '../workspaces/record/workspace-audit.ts';
import { changeDesiredStatus } from '../workspaces/workspaces.ts';
import { lockOwnedWorkspaces, setWorkspaceOwner } from './managed-user-store.ts';

/** What becomes of the workspaces of a user who is deleted. */
export type Inheritance = { workspaces: 'delete' } | { workspaces: 'transfer'; to: UserId };

/** Of a user who is locked and present. Data and tokens stay; nothing runs or is open any more. */
export async function suspendUser(work: Work, id: UserId, call: Call): Promise<void> {
  await setSuspended(work.tx, id, call.actor.userId);
  await deleteSessionsOfUser(work.tx, id);
  await deleteResetLinksOfUser(work.tx, id);
  await revokeInvitationsBy(work.tx, id);
  await stopOwnedWorkspaces(work, call, id);
  work.wake(CREDENTIALS_CHANNEL);
}

/** Of a user who is locked and present; the heir is locked and active. */
export async function endUser(
  work: Work,
  call: Call,
  user: { id: UserId; email: string },
  inheritance: Inheritance,
): Promise<void> {
  await leaveTeamsForGood(work, call, user.id);
  await revokeInvitationsBy(work.tx, user.id);
  if (inheritance.workspaces === 'transfer')
    await transferOwnedWorkspaces(work, call, { from: user.id, to: inheritance.to });
  else await deleteOwnedWorkspaces(work, call, user.id);
  await buryUser(work.tx, user);
  appendAudit(work, call, {
    action: 'user.deleted',
    target: { kind: 'user', id: user.id, name: user.email },
    details: { ...inheritance },
  });
  work.wake(CREDENTIALS_CHANNEL);
}

async function stopOwnedWorkspaces(work: Work, call: Call, ownerId: UserId): Promise<void> {
  for (const row of await lockOwnedWorkspaces(work.tx, ownerId)) {
    await cancelWorkspaceTurns(work, row.id);
    if (row.desired_status === 'stopped') continue;
    await changeDesiredStatus(work, row.id, 'stopped');
    appendWorkspaceAudit(work, call, row, 'workspace.stopped');
  }
}

async function deleteOwnedWorkspaces(work: Work, call: Call, ownerId: UserId): Promise<void> {
  for (const row of await lockOwnedWorkspaces(work.tx, ownerId)) {
    await cancelWorkspaceTurns(work, row.id);
    await changeDesiredStatus(work, row.id, 'deleted');
    appendWorkspaceAudit(work, call, row, 'workspace.deleted');
  }
}

/** They arrive stopped: nothing that one person started runs on in another’s name, or takes from their limits. */
async function transferOwnedWorkspaces(
  work: Work,
  call: Call,
  { from, to }: { from: UserId; to: UserId },
): Promise<void> {
  for (const row of await lockOwnedWorkspaces(work.tx, from)) {
    await cancelWorkspaceTurns(work, row.id);
    await setWorkspaceOwner(work.tx, row.id, to);
    await changeDesiredStatus(work, row.id, 'stopped');
    appendWorkspaceAudit(work, call, row, 'workspace.transferred', { from, to });
  }
}
