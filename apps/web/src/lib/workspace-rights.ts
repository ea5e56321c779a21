import { type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';

const RELATIONS: readonly string[] = workspaceRelation.options;

/** Whether who is this to a workspace may do what needs that; api decides the same for itself. */
export function mayAs(held: WorkspaceRelation, needed: WorkspaceRelation): boolean {
  return RELATIONS.indexOf(held) >= RELATIONS.indexOf(needed);
}

/** In words, from the least to the most. */
export const RELATION_WORDS: Readonly<Record<WorkspaceRelation, { label: string; means: string }>> = {
  viewer: { label: 'Viewer', means: 'sees everything' },
  terminal: { label: 'Terminal', means: 'also types and runs commands' },
  editor: { label: 'Editor', means: 'also changes files and talks to the agent' },
  owner: { label: 'Owner', means: 'everything' },
};
