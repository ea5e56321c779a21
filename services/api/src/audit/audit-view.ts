import type { AuditEntry } from '@podex/contracts/audit';
import type { AuditRow } from './audit-store.ts';

export function presentEntry(row: AuditRow): AuditEntry {
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    action: row.action,
    result: row.result,
    error_code: row.error_code,
    actor: { kind: row.actor_kind, id: row.actor_id, email: row.actor_email },
    credential:
      row.credential_kind === null || row.credential_id === null
        ? null
        : { kind: row.credential_kind, id: row.credential_id },
    target:
      row.target_kind === null ? null : { kind: row.target_kind, id: row.target_id, name: row.target_name },
    workspace_id: row.workspace_id,
    team_id: row.team_id,
    address: row.address,
    user_agent: row.user_agent,
    request_id: row.request_id,
    details: row.details,
    hash: row.hash.toString('hex'),
  };
}
