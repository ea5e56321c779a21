import { type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';

const RELATIONS: readonly string[] = workspaceRelation.options;

/** Whether who is this to a workspace may do what needs that; api decides the same for itself. */
export function mayAs(held: WorkspaceRelation, needed: WorkspaceRelation): boolean {
  return RELATIONS.indexOf(held) >= RELATIONS.indexOf(needed);
}

/** In words, from the least to the most. */
export const RELATION_LABELS: Readonly<Record<WorkspaceRelation, string>> = {
  viewer: 'Viewer: sees everything',
  terminal: 'Terminal: also types and runs commands',
  editor: 'Editor: also changes files and talks to the agent',
  owner: 'Owner',
};
