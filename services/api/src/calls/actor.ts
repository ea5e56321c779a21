import type { TokenScope, UserRole } from '@podex/contracts/accounts';
import type { UserId } from '@podex/contracts/ids';

/** Who calls. `scope` is what this call may do; a user without the admin role never has the scope `admin`. */
export interface Actor {
  userId: UserId;
  email: string;
  name: string;
  role: UserRole;
  createdAt: Date;
  /** Whether two-factor authentication is on. */
  twoFactor: boolean;
  scope: TokenScope;
  via: 'session' | 'token';
  /** Of the row in table session or token. */
  credentialId: string;
}
