import type { ShareRole, Team, WorkspaceRelation } from '@podex/contracts/access';
import type { Workspace } from '@podex/contracts/workspaces';

export const RELATION_NAMES: Record<WorkspaceRelation, string> = {
  viewer: 'Viewer',
  terminal: 'Terminal',
  editor: 'Editor',
  owner: 'Owner',
};

/** What each may do, as one sentence. Each may also do what those before it may. */
export const ROLE_HINTS: Record<ShareRole, string> = {
  viewer: 'Can watch: files, conversations and what terminals show.',
  terminal: 'Can also type in terminals, run commands and start the workspace.',
  editor: 'Can also change files, stop the workspace, use the agent and approve what it does.',
};

type Owned = Pick<Workspace, 'team_id' | 'relation'>;

/** Whose a workspace is and what one is to it, for who did not make it alone; undefined for one’s own. */
export function whoseOf({ team_id: teamId, relation }: Owned, teams: readonly Team[]): string | undefined {
  const team = teams.find(({ id }) => id === teamId);
  if (team !== undefined) return `${team.name} · ${RELATION_NAMES[relation]}`;
  return relation === 'owner' ? undefined : `Shared with you · ${RELATION_NAMES[relation]}`;
}

/** Whether it was shared with this person, who may give it up; members of its team leave the team instead. */
export function isSharedWithMe(workspace: Owned, teams: readonly Team[]): boolean {
  return workspace.relation !== 'owner' && !teams.some(({ id }) => id === workspace.team_id);
}

/** Teams for which the person may make workspaces, and to which they may move theirs. */
export function teamsToUse(teams: readonly Team[]): Team[] {
  return teams.filter(({ role }) => role !== null && role !== 'viewer');
}
