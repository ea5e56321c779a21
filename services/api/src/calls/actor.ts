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
  via: 'session' | 'token';
  /** Of the row in table session or token. */
  credentialId: string;
}
