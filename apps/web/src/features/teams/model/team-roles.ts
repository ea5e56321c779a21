import { type Team, type TeamRole, teamRole } from '@podex/contracts/access';

/** As long as api allows. */
export const NAME_MAX_CHARACTERS = 60;

export const TEAM_ROLE_NAMES: Record<TeamRole, string> = {
  viewer: 'Viewer',
  member: 'Member',
  admin: 'Admin',
  owner: 'Owner',
};

export const TEAM_ROLE_HINTS: Record<TeamRole, string> = {
  viewer: "Watches the team's workspaces.",
  member: "Edits the team's workspaces and makes new ones.",
  admin: "Owns the team's workspaces, and manages its members.",
  owner: 'Does everything, and can delete the team.',
};

const rankOf = (role: TeamRole) => teamRole.options.indexOf(role);

/** Whether someone of this role may do what needs `atLeast`. Null: an administrator of Podex, who manages every team. */
export function coversRole(held: Team['role'], atLeast: TeamRole): boolean {
  return held === null || rankOf(held) >= rankOf(atLeast);
}

/** The roles that someone may give, from the least to the most: none above their own. */
export function rolesToGive(held: Team['role']): TeamRole[] {
  if (!coversRole(held, 'admin')) return [];
  return teamRole.options.filter((role) => coversRole(held, role));
}
