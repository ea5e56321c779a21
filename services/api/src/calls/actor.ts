import type { TokenScope, UserRole } from '@podex/contracts/accounts';
import type { UserId } from '@podex/contracts/ids';

/** Who calls. `scope` is what this call may do; a user without the admin role never has the scope `admin`. */
export interface Actor {
  userId: UserId;
  email: string;
  name: string;
  role: UserRole;
  createdAt: Date;
  scope: TokenScope;
  via: 'session' | 'token' | 'jwt';
  /** Of the row in table session or token; a JWT rests on the one that it was made with. */
  credentialKind: 'session' | 'token';
  credentialId: string;
  /** Of a JWT: when what is opened with it ends, though its credential goes on. */
  expiresAt?: Date | undefined;
}
