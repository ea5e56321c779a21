import { type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';

/** What each action on a workspace at least needs. Api decides; the page only leaves out what would be refused. */
const NEEDED = {
  'use terminals': 'terminal',
  start: 'terminal',
  'keep running': 'terminal',
  stop: 'editor',
  rebuild: 'editor',
  'change settings': 'editor',
  'retry setup': 'editor',
  'edit files': 'editor',
  'connect with SSH': 'editor',
  'use the agent': 'editor',
  'use checkpoints': 'editor',
  'manage secrets': 'editor',
  'change previews': 'editor',
  'make previews public': 'owner',
  'change network': 'owner',
  share: 'owner',
  move: 'owner',
  delete: 'owner',
} as const satisfies Record<string, WorkspaceRelation>;

export type WorkspaceAction = keyof typeof NEEDED;

/** Whether someone who is this to a workspace may do this. */
export function may(relation: WorkspaceRelation, action: WorkspaceAction): boolean {
  const { options } = workspaceRelation;
  return options.indexOf(relation) >= options.indexOf(NEEDED[action]);
}
