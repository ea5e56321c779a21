import type { UserId, WorkspaceId } from '@podex/contracts/ids';

/** Whose secret it is. */
export type SecretOwner = { kind: 'user'; id: UserId } | { kind: 'workspace'; id: WorkspaceId };
