import type {
  AuditAction,
  AuditActorKind,
  AuditCredentialKind,
  AuditDetails,
  AuditResult,
  AuditTargetKind,
} from '@podex/contracts/audit';
import type { Tx } from './connect.ts';

/** One entry of the audit log before it has its place in it. */
export interface AuditRecord {
  action: AuditAction;
  result: AuditResult;
  error_code: string | null;
  actor_kind: AuditActorKind;
  actor_id: string | null;
  actor_email: string | null;
  credential_kind: AuditCredentialKind | null;
  credential_id: string | null;
  target_kind: AuditTargetKind | null;
  target_id: string | null;
  target_name: string | null;
  workspace_id: string | null;
  team_id: string | null;
  address: string | null;
  user_agent: string | null;
  request_id: string | null;
  details: AuditDetails;
}

/** Writes the records of one transaction, as the last thing before its commit. */
export type WriteAudit = (tx: Tx, records: readonly AuditRecord[]) => Promise<void>;
