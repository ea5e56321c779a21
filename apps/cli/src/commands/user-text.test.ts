import { newId } from '@podex/contracts/ids';
import type { ManagedUserDetail } from '@podex/contracts/users';
import { describe, expect, it } from 'vitest';
import { deletionText, usersText, userText } from './user-text.ts';

const user: ManagedUserDetail = {
  id: newId('user'),
  email: 'ada@example.com',
  name: 'Ada',
  role: 'user',
  created_at: '2026-11-01T10:00:00.000Z',
  status: 'suspended',
  suspended_at: '2026-11-02T10:00:00.000Z',
  suspended_by: 'admin@example.com',
  last_seen_at: null,
  workspaces: { total: 2, running: 1 },
  active_turns: 1,
  sessions: 0,
  tokens: 3,
};

describe('what is said about users', () => {
  it('is a table of all', () => {
    expect(usersText([user])).toBe(
      [
        'EMAIL            NAME  ROLE  STATUS     WORKSPACES     LAST SEEN',
        'ada@example.com  Ada   user  suspended  2 (1 running)  never',
      ].join('\n'),
    );
    expect(usersText([])).toBe('no users');
  });

  it('is everything of one', () => {
    expect(userText(user)).toContain('suspended since 2026-11-02T10:00:00.000Z by admin@example.com');
  });

  it('tells before a deletion what goes, and what moves', () => {
    expect(deletionText(user, undefined)).toBe(
      [
        'Delete ada@example.com (Ada)?',
        '2 workspaces and everything in them will be deleted.',
        '1 running turn will be cancelled.',
        '0 sessions and 3 tokens will end.',
        "This can't be undone.",
      ].join('\n'),
    );
    expect(deletionText(user, 'bob@example.com')).toContain(
      '2 workspaces will be stopped and moved to bob@example.com.',
    );
    expect(deletionText({ ...user, workspaces: { total: 0, running: 0 } }, undefined)).not.toContain(
      'workspace',
    );
  });
});
