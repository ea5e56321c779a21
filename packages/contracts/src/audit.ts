import { z } from 'zod';
import { pageOf, pageQuery } from './pagination.ts';
import { lineText, opaqueText, wholeNumber } from './text.ts';

/** Everything that the audit log can tell: what it is about, and what happened to it. */
export const AUDIT_ACTIONS = [
  'sign_in.succeeded',
  'sign_in.failed',
  'sign_out',
  'session.revoked',
  'password.changed',
  'password.reset_requested',
  'password.reset',
  'email.changed',
  'email.verified',
  'mfa.enabled',
  'mfa.disabled',
  'mfa.failed',
  'mfa.backup_codes_created',
  'mfa.recovery_code_used',
  'passkey.added',
  'passkey.changed',
  'passkey.removed',
  'provider.linked',
  'provider.unlinked',
  'ssh_key.added',
  'ssh_key.removed',
  'device.approved',
  'device.denied',
  'jwt.created',
  'token.created',
  'token.changed',
  'token.revoked',
  'user.created',
  'user.changed',
  'user.role_changed',
  'user.suspended',
  'user.restored',
  'user.deleted',
  'invitation.created',
  'invitation.revoked',
  'invitation.accepted',
  'team.created',
  'team.changed',
  'team.deleted',
  'team.member_added',
  'team.member_changed',
  'team.member_removed',
  'workspace.created',
  'workspace.changed',
  'workspace.started',
  'workspace.stopped',
  'workspace.paused',
  'workspace.rebuilt',
  'workspace.deleted',
  'workspace.setup_retried',
  'workspace.network_changed',
  'workspace.move_requested',
  'workspace.move_cancelled',
  'workspace.moved',
  'workspace.left_server',
  'workspace.lost',
  'workspace.shared',
  'workspace.unshared',
  'workspace.transferred',
  'preview.changed',
  'preview.link_created',
  'preview.links_revoked',
  'preview.opened',
  'approval.approved',
  'approval.denied',
  'approval.expired',
  'rule.added',
  'rule.removed',
  'server.registered',
  'server.changed',
  'server.drained',
  'server.engine_accepted',
  'server.activated',
  'server.removed',
  'server.lost',
  'server.joined',
  'join_token.created',
  'join_token.revoked',
  'setting.changed',
  'quota.changed',
  'secret.created',
  'secret.changed',
  'secret.deleted',
  'secret.used',
  'secret.rotated',
  'request.denied',
  'audit.started',
  'audit.exported',
  'audit.pruned',
  'audit.resealed',
] as const;

export const auditAction = z.enum(AUDIT_ACTIONS);
export type AuditAction = z.infer<typeof auditAction>;

/** `succeeded`: it was done; `failed`: it was tried and did not work; `denied`: it was not allowed. */
export const auditResult = z.enum(['succeeded', 'failed', 'denied']);
export type AuditResult = z.infer<typeof auditResult>;

export const AUDIT_TARGET_KINDS = [
  'user',
  'session',
  'token',
  'passkey',
  'ssh_key',
  'provider',
  'device',
  'invitation',
  'team',
  'workspace',
  'conversation',
  'approval',
  'rule',
  'server',
  'join_token',
  'setting',
  'quota',
  'secret',
  'operation',
  'audit',
] as const;
const auditTargetKind = z.enum(AUDIT_TARGET_KINDS);
export type AuditTargetKind = z.infer<typeof auditTargetKind>;

export const auditActorKind = z.enum(['user', 'system', 'anonymous']);
export type AuditActorKind = z.infer<typeof auditActorKind>;

export const auditCredentialKind = z.enum(['session', 'token', 'jwt']);
export type AuditCredentialKind = z.infer<typeof auditCredentialKind>;

/** Small and flat: what changed, never a secret. */
export const auditDetails = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
);
export type AuditDetails = z.infer<typeof auditDetails>;

const sha256 = z
  .string()
  .max(64)
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

export const auditEntry = z
  .object({
    seq: z.number().meta({ description: 'Grows by one with each entry, without a gap.' }),
    at: z.iso.datetime(),
    action: auditAction,
    result: auditResult,
    error_code: z.string().nullable(),
    actor: z
      .object({
        kind: auditActorKind,
        id: z.string().nullable(),
        email: z.string().nullable().meta({ description: 'At that time.' }),
      })
      .meta({ description: 'system: Podex itself; anonymous: nobody was signed in.' }),
    credential: z.object({ kind: auditCredentialKind, id: z.string() }).nullable(),
    target: z
      .object({ kind: auditTargetKind, id: z.string().nullable(), name: z.string().nullable() })
      .nullable(),
    workspace_id: z.string().nullable(),
    team_id: z.string().nullable(),
    address: z.string().nullable().meta({ description: 'IP address of the client.' }),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    details: auditDetails,
    hash: sha256.meta({ description: 'SHA-256 over this entry and the hash of the one before.' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditPage = pageOf(auditEntry);

const TEXT_MAX = 254;
const ID_MAX = 100;
const instant = z.iso.datetime({ offset: true }).max(40);

/** Each that is given must hold. */
export const auditFilter = z.object({
  actor: lineText(TEXT_MAX).optional().meta({ description: 'Id or email of who did it; or system.' }),
  action: opaqueText(ID_MAX).optional().meta({ description: 'sign_in.failed, or sign_in for all of them.' }),
  target: lineText(TEXT_MAX).optional().meta({ description: 'Id or name of what it was done to.' }),
  workspace: opaqueText(ID_MAX).optional().meta({ description: 'Id of the workspace that it is about.' }),
  team: opaqueText(ID_MAX).optional().meta({ description: 'Id of the team that it is about.' }),
  result: auditResult.optional(),
  from: instant.optional().meta({ description: 'Not before this moment.' }),
  to: instant.optional().meta({ description: 'Before this moment.' }),
  q: lineText(TEXT_MAX).optional().meta({
    description: 'Found in the actor, the action, the target, the address, or the request id.',
  }),
});
export type AuditFilter = z.infer<typeof auditFilter>;

export const listAuditQuery = auditFilter.extend(pageQuery.shape).extend({ after: wholeNumber.optional() });
export type ListAuditQuery = z.output<typeof listAuditQuery>;

export const auditExportFormat = z.enum(['ndjson', 'csv']);
export type AuditExportFormat = z.infer<typeof auditExportFormat>;
export const exportAuditQuery = auditFilter.extend({ format: auditExportFormat.default('ndjson') });

/** What was noted of an earlier check, kept outside of Podex. */
export const verifyAuditQuery = z.object({
  seq: wholeNumber.optional().meta({ description: 'last_seq of an earlier check.' }),
  hash: sha256.optional().meta({ description: 'last_hash of that check.' }),
});

export const auditProblem = z.object({
  seq: z.number().meta({ description: 'Where the log is not what was written.' }),
  kind: z.enum([
    'entry_changed',
    'entry_missing',
    'entry_foreign',
    'end_missing',
    'seal_broken',
    'sealed_over',
    'note_differs',
  ]),
  message: z.string(),
});

export const auditVerification = z
  .object({
    intact: z.boolean(),
    entries: z.number().meta({ description: 'That were read.' }),
    first_seq: z.number().meta({ description: 'Entries below it were removed by retention.' }),
    last_seq: z.number(),
    last_hash: sha256.meta({
      description: 'Note it with last_seq outside of Podex: a later check can be held against it.',
    }),
    problem: auditProblem.nullable().meta({ description: 'The first one.' }),
    resealed: z.array(z.number()).meta({
      description: 'Entries at which the key of the seal was another one: JWT_SECRET_KEY was changed.',
    }),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof auditVerification>;
export type AuditProblem = z.infer<typeof auditProblem>;
