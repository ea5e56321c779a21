import { type AuditBy, type AuditFact, appendAudit } from '../../audit/append-audit.ts';
import type { Work } from '../../database/transact.ts';
import type { WorkspaceRow } from './workspace-store.ts';

/** What happened to a workspace, and of which team it was. */
export function appendWorkspaceAudit(
  work: Work,
  by: AuditBy,
  { id, name, team_id: teamId }: Pick<WorkspaceRow, 'id' | 'name' | 'team_id'>,
  action: AuditFact['action'],
  details: AuditFact['details'] = {},
): void {
  appendAudit(work, by, {
    action,
    target: { kind: 'workspace', id, name },
    workspaceId: id,
    teamId: teamId ?? undefined,
    details,
  });
}
