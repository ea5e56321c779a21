import { createHash } from 'node:crypto';
import type { AuditRecord } from '../database/audit-record.ts';

/** An entry at its place. */
export interface PlacedRecord extends AuditRecord {
  seq: number;
  at: Date;
}

/** Part of what is hashed: another form of the same fields gets another number. */
const FORM = 'podex-audit-1';

/** SHA-256 over the hash of the entry before and every field of this one, whose place is fixed and whose details are sorted. */
export function hashEntry(previous: Buffer, entry: PlacedRecord): Buffer {
  const details = Object.entries(entry.details).sort(([left], [right]) => (left < right ? -1 : 1));
  const form = JSON.stringify([
    FORM,
    entry.seq,
    entry.at.toISOString(),
    entry.action,
    entry.result,
    entry.error_code,
    entry.actor_kind,
    entry.actor_id,
    entry.actor_email,
    entry.credential_kind,
    entry.credential_id,
    entry.target_kind,
    entry.target_id,
    entry.target_name,
    entry.workspace_id,
    entry.team_id,
    entry.address,
    entry.user_agent,
    entry.request_id,
    details,
  ]);
  return createHash('sha256').update(previous).update(form).digest();
}
