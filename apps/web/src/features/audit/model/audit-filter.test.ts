import type { AuditEntry } from '@podex/contracts/audit';
import { describe, expect, it } from 'vitest';
import { actorText, detailText, readFilter } from './audit-filter.ts';

const ENTRY: AuditEntry = {
  seq: 1,
  at: '2026-11-27T10:00:00.000Z',
  action: 'sign_in.failed',
  result: 'failed',
  error_code: 'invalid_credentials',
  actor: { kind: 'anonymous', id: null, email: null },
  credential: null,
  target: null,
  workspace_id: null,
  team_id: null,
  address: null,
  user_agent: null,
  request_id: null,
  details: { method: 'password', changed: ['a', 'b'] },
  hash: '0'.repeat(64),
};

describe('the filter of the audit log', () => {
  it('holds what is filled in, and whole days', () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({
      q: '  ',
      actor: ' a@x.com ',
      from: '2026-11-01',
      to: '2026-11-01',
    }))
      form.set(name, value);
    const filter = readFilter(form);
    expect(filter).toEqual({ actor: 'a@x.com', from: expect.any(String), to: expect.any(String) });
    expect(Date.parse(filter.to ?? '') - Date.parse(filter.from ?? '')).toBe(24 * 60 * 60_000);
  });

  it('words an entry', () => {
    expect(actorText(ENTRY)).toBe('Not signed in');
    expect(actorText({ ...ENTRY, actor: { kind: 'system', id: null, email: null } })).toBe('Podex');
    expect(detailText(ENTRY)).toBe('invalid_credentials, method: password, changed: a b');
  });
});
