import { type TeamRole, teamRole, type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';

/** From the least to the most: who is further on may do all that those before may. */
const RELATIONS: readonly string[] = workspaceRelation.options;
const TEAM_ROLES: readonly string[] = teamRole.options;

export function coversRelation(held: WorkspaceRelation, needed: WorkspaceRelation): boolean {
  return RELATIONS.indexOf(held) >= RELATIONS.indexOf(needed);
}

export function coversTeamRole(held: TeamRole, needed: TeamRole): boolean {
  return TEAM_ROLES.indexOf(held) >= TEAM_ROLES.indexOf(needed);
}
