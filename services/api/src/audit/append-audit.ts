import type {
  AuditAction,
  AuditActorKind,
  AuditCredentialKind,
  AuditDetails,
  AuditResult,
  AuditTargetKind,
} from '@podex/contracts/audit';
import type { ErrorCode } from '@podex/contracts/errors';
import type { CallSource } from '../calls/call-source.ts';
import type { AuditRecord } from '../database/audit-record.ts';
import type { Work } from '../database/transact.ts';

export interface AuditActor {
  userId: string;
  email: string;
  via?: AuditCredentialKind;
  credentialId?: string;
}

/** Who did it, and from where. A `Call` is one. */
export interface AuditBy {
  /** Undefined: nobody is signed in. */
  actor: AuditActor | 'system' | undefined;
  requestId?: string | undefined;
  source?: CallSource | undefined;
}

/** What happened. */
export interface AuditFact {
  action: AuditAction;
  /** `succeeded` when left out. */
  result?: AuditResult;
  errorCode?: ErrorCode | undefined;
  target?: { kind: AuditTargetKind; id?: string | undefined; name?: string | undefined } | undefined;
  workspaceId?: string | undefined;
  teamId?: string | undefined;
  /** Small; never a secret. */
  details?: AuditDetails;
}

/** Podex itself, such as when time runs out. */
export const SYSTEM: AuditBy = { actor: 'system' };

/** Writes an entry of the audit log in the transaction of what it tells: neither stands without the other. */
export function appendAudit(work: Pick<Work, 'record'>, by: AuditBy, fact: AuditFact): void {
  work.record(toRecord(by, fact));
}

function toRecord({ actor, requestId, source }: AuditBy, fact: AuditFact): AuditRecord {
  const user = typeof actor === 'object' ? actor : undefined;
  return {
    action: fact.action,
    result: fact.result ?? 'succeeded',
    error_code: fact.errorCode ?? null,
    actor_kind: kindOf(actor),
    actor_id: user?.userId ?? null,
    actor_email: user?.email ?? null,
    credential_kind: user?.via ?? null,
    credential_id: user?.credentialId ?? null,
    ...targetOf(fact),
    workspace_id: fact.workspaceId ?? null,
    team_id: fact.teamId ?? null,
    address: source?.address || null,
    user_agent: source?.userAgent ?? null,
    request_id: requestId ?? null,
    details: fact.details ?? {},
  };
}

function targetOf({ target }: AuditFact) {
  return {
    target_kind: target?.kind ?? null,
    target_id: target?.id ?? null,
    target_name: target?.name ?? null,
  };
}

function kindOf(actor: AuditBy['actor']): AuditActorKind {
  if (actor === undefined) return 'anonymous';
  return actor === 'system' ? 'system' : 'user';
}
