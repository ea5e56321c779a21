import type { TeamId, UserId, WorkspaceId } from '@podex/contracts/ids';

/** Whose secret it is. */
export type SecretOwner =
  | { kind: 'user'; id: UserId }
  /** What their git signs in with, by host. */
  | { kind: 'git'; id: UserId }
  | { kind: 'team'; id: TeamId }
  | { kind: 'workspace'; id: WorkspaceId };
