import { workspaceStatus } from '@podex/contracts/workspaces';
import { describe, expect, it } from 'vitest';
import { seenStatus } from './workspace-view.ts';

const on = (server: 'ready' | 'unreachable' | null) => ({
  reason: null,
  stop_reason: null,
  size: 'small' as const,
  placed_size: null,
  image: null,
  placed_image: null,
  server_observed_status: server,
});

describe('seenStatus', () => {
  it('is what was seen, while the server answers', () => {
    for (const status of workspaceStatus.options) {
      expect(seenStatus({ status, ...on('ready') })).toEqual({ status, reason: null });
      expect(seenStatus({ status, ...on(null) })).toEqual({ status, reason: null });
    }
  });

  it('is never running on a server that can’t be reached', () => {
    const shown = workspaceStatus.options.map(
      (status) => seenStatus({ status, ...on('unreachable') }).status,
    );
    expect(shown).not.toContain('running');
    expect(seenStatus({ status: 'running', ...on('unreachable') }).reason).toBe(
      'Can’t reach its server. Nothing is lost.',
    );
    expect(seenStatus({ status: 'stopped', ...on('unreachable') }).status).toBe('stopped');
  });
});
