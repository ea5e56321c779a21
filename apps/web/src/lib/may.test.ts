import { workspaceRelation } from '@podex/contracts/access';
import { describe, expect, it } from 'vitest';
import { may, type WorkspaceAction } from './may.ts';

const whoMay = (action: WorkspaceAction) =>
  workspaceRelation.options.filter((relation) => may(relation, action));

describe('may', () => {
  it('offers a viewer nothing that changes the workspace', () => {
    const actions: WorkspaceAction[] = [
      'use terminals',
      'start',
      'stop',
      'edit files',
      'use the agent',
      'share',
    ];
    expect(actions.filter((action) => may('viewer', action))).toEqual([]);
  });

  it('gives each relation what those before it have, and more', () => {
    expect(whoMay('use terminals')).toEqual(['terminal', 'editor', 'owner']);
    expect(whoMay('start')).toEqual(['terminal', 'editor', 'owner']);
    expect(whoMay('stop')).toEqual(['editor', 'owner']);
    expect(whoMay('edit files')).toEqual(['editor', 'owner']);
    expect(whoMay('use the agent')).toEqual(['editor', 'owner']);
    expect(whoMay('manage secrets')).toEqual(['editor', 'owner']);
    for (const action of ['change network', 'share', 'move', 'delete'] as const)
      expect(whoMay(action)).toEqual(['owner']);
  });
});
