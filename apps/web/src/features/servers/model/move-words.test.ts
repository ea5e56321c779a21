import type { ServerWorkspace, WorkspaceMove } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';
import { describe, expect, it } from 'vitest';
import { canCancel, isActive, latestMoves, moveText, targetsOf } from './move-words.ts';

const HERE = 'srv_here';
const move = {
  id: 'mov_1',
  workspace_id: 'ws_1',
  from_server: HERE,
  to_server: 'srv_there',
  status: 'copying',
  reason: null,
  bytes_done: 50,
  bytes_total: 200,
} as WorkspaceMove;
const textOf = (changes: Partial<WorkspaceMove>) =>
  moveText({ ...move, ...changes }, HERE, (id) => (id === 'srv_there' ? 'ws-2' : undefined));

describe('moveText', () => {
  it('says where to and how far, and never 100 % of what has not ended', () => {
    expect(textOf({})).toBe('Moving to ws-2 (25 %)');
    expect(textOf({ bytes_total: null })).toBe('Moving to ws-2');
    expect(textOf({ bytes_total: 0, bytes_done: 0 })).toBe('Moving to ws-2 (99 %)');
    expect(textOf({ bytes_done: 200 })).toBe('Moving to ws-2 (99 %)');
    expect(textOf({ to_server: null, status: 'waiting' })).toBe(
      'Moves to another server once it has stopped',
    );
  });

  it('says why it waits or failed, and only where the workspace still is', () => {
    for (const status of ['queued', 'copying'] as const) {
      expect(textOf({ status, reason: 'No server has room.' })).toBe(
        'Not moved yet, tried again by itself: No server has room.',
      );
    }
    expect(textOf({ status: 'failed', reason: 'Its disk is full.' })).toBe(
      'Could not be moved: Its disk is full.',
    );
    expect(textOf({ status: 'failed', from_server: 'srv_there' })).toBeUndefined();
    expect(textOf({ status: 'cleaning', from_server: 'srv_there' })).toMatch(/^Moved here/);
    expect(textOf({ status: 'cleaning' })).toBe('Not moved');
    expect(textOf({ status: 'done' })).toBeUndefined();
    expect(textOf({ status: 'cancelled' })).toBeUndefined();
  });
});

describe('moves', () => {
  it('are the last ones of each workspace, of a list that begins with the newest', () => {
    const older = { ...move, status: 'failed' } as WorkspaceMove;
    expect(latestMoves([move, older]).get('ws_1')).toBe(move);
  });

  it('can be cancelled until the copy is what counts', () => {
    expect(canCancel({ status: 'switching' })).toBe(true);
    expect(canCancel({ status: 'cleaning' })).toBe(false);
    expect(canCancel({ status: 'failed' })).toBe(false);
  });

  it('go to other servers that are ready', () => {
    const servers = [
      { id: HERE, status: 'ready' },
      { id: 'srv_2', status: 'draining' },
      { id: 'srv_3', status: 'ready' },
    ] as Server[];
    expect(targetsOf(servers, HERE).map(({ id }) => id)).toEqual(['srv_3']);
  });

  it('wait for workspaces that run or are about to', () => {
    const active = (status: string, desired: string) =>
      isActive({ status, desired_status: desired } as ServerWorkspace);
    expect(active('stopped', 'stopped')).toBe(false);
    expect(active('failed', 'stopped')).toBe(false);
    expect(active('stopped', 'running')).toBe(true);
    expect(active('stopping', 'stopped')).toBe(true);
  });
});
