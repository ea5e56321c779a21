import { newId } from '@podex/contracts/ids';
import type { ManagedUserDetail } from '@podex/contracts/users';
import { describe, expect, it } from 'vitest';
import { deletionEffects, summaryOf } from './user-words.ts';

const user: ManagedUserDetail = {
  id: newId('user'),
  email: 'ada@example.com',
  name: 'Ada',
  role: 'user',
  created_at: '2026-11-01T10:00:00.000Z',
  status: 'active',
  suspended_at: null,
  suspended_by: null,
  last_seen_at: '2026-11-01T10:00:00.000Z',
  workspaces: { total: 2, running: 1 },
  active_turns: 1,
  sessions: 1,
  tokens: 0,
};

describe('what the page says of a user', () => {
  it('is short in the list', () => {
    const now = Date.parse('2026-11-01T10:05:00.000Z');
    expect(summaryOf(user, now)).toBe('2 workspaces, 1 running · seen 5 min ago');
    const idle = { ...user, workspaces: { total: 1, running: 0 }, last_seen_at: null };
    expect(summaryOf(idle, now)).toBe('1 workspace · never seen');
  });

  it('names before a deletion what ends', () => {
    expect(deletionEffects(user, false)).toEqual([
      '2 workspaces and their files will be deleted.',
      '1 running turn will be cancelled.',
      '1 session and 0 tokens will end.',
    ]);
    expect(deletionEffects(user, true)[0]).toBe('2 workspaces will be stopped and moved.');
  });
});
