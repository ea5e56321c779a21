import type { UserId } from '@podex/contracts/ids';
import {
  buryUser,
  deleteResetLinksOfUser,
  deleteSessionsOfUser,
  revokeInvitationsBy,
  setSuspended,
} from '../accounts/standing-store.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import { cancelWorkspaceTurns } from '../conversations/turns/turn-ending.ts';
import type { Work } from '../database/transact.ts';
import { leaveTeamsForGood } from '../teams/leaving-teams.ts';
import { changeDesiredStatus } from '../workspaces/workspaces.ts';
import { lockOwnedWorkspaces, setWorkspaceOwner } from './managed-user-store.ts';

/** What becomes of the workspaces of a user who is deleted. */
export type Inheritance = { workspaces: 'delete' } | { workspaces: 'transfer'; to: UserId };

/** Of a user who is locked and present. Data and tokens stay; nothing runs or is open any more. */
export async function suspendUser(work: Work, id: UserId, by: UserId): Promise<void> {
  await setSuspended(work.tx, id, by);
  await deleteSessionsOfUser(work.tx, id);
  await deleteResetLinksOfUser(work.tx, id);
  await revokeInvitationsBy(work.tx, id);
  await stopOwnedWorkspaces(work, id);
  work.wake(CREDENTIALS_CHANNEL);
}

/** Of a user who is locked and present; the heir is locked and active. */
export async function endUser(
  work: Work,
  user: { id: UserId; email: string },
  inheritance: Inheritance,
): Promise<void> {
  await leaveTeamsForGood(work.tx, user.id);
  await revokeInvitationsBy(work.tx, user.id);
  if (inheritance.workspaces === 'transfer') await transferOwnedWorkspaces(work, user.id, inheritance.to);
  else await deleteOwnedWorkspaces(work, user.id);
  await buryUser(work.tx, user);
  work.wake(CREDENTIALS_CHANNEL);
}

async function stopOwnedWorkspaces(work: Work, ownerId: UserId): Promise<void> {
  for (const { id, desired_status: desired } of await lockOwnedWorkspaces(work.tx, ownerId)) {
    await cancelWorkspaceTurns(work, id);
    if (desired !== 'stopped') await changeDesiredStatus(work, id, 'stopped');
  }
}

async function deleteOwnedWorkspaces(work: Work, ownerId: UserId): Promise<void> {
  for (const { id } of await lockOwnedWorkspaces(work.tx, ownerId)) {
    await cancelWorkspaceTurns(work, id);
    await changeDesiredStatus(work, id, 'deleted');
  }
}

/** They arrive stopped: nothing that one person started runs on in another’s name, or takes from their limits. */
async function transferOwnedWorkspaces(work: Work, from: UserId, to: UserId): Promise<void> {
  for (const { id } of await lockOwnedWorkspaces(work.tx, from)) {
    await cancelWorkspaceTurns(work, id);
    await setWorkspaceOwner(work.tx, id, to);
    await changeDesiredStatus(work, id, 'stopped');
  }
}
