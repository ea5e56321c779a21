import type { ManagedUser, UserStatus } from '@podex/contracts/users';
import type { ManagedUserRow } from './managed-user-store.ts';

export function presentManagedUser(row: ManagedUserRow): ManagedUser {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    created_at: row.created_at.toISOString(),
    status: statusOf(row),
    suspended_at: row.suspended_at?.toISOString() ?? null,
    suspended_by: row.suspended_by_email,
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
    workspaces: { total: row.workspaces, running: row.running_workspaces },
  };
}

function statusOf({ deleted_at: deletedAt, suspended_at: suspendedAt }: ManagedUserRow): UserStatus {
  if (deletedAt !== null) return 'deleted';
  return suspendedAt === null ? 'active' : 'suspended';
}
