import type { TokenScope, UserRole } from '@podex/contracts/accounts';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';

/** Who calls. `scopes` is what their credential is good for; without the admin role they never hold `admin`. */
export interface Actor {
  userId: UserId;
  email: string;
  name: string;
  role: UserRole;
  createdAt: Date;
  /** Whether two-factor authentication is on. */
  twoFactor: boolean;
  scopes: readonly TokenScope[];
  /** The workspaces that the credential is good for; undefined: all that the user may see. */
  workspaceIds: readonly WorkspaceId[] | undefined;
  via: 'session' | 'token' | 'jwt';
  /** Of the row in table session or token; a JWT rests on the one that it was made with. */
  credentialKind: 'session' | 'token';
  credentialId: string;
  /** Of a JWT: when what is opened with it ends, though its credential goes on. */
  expiresAt?: Date | undefined;
}
