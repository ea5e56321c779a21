import type { TokenScope, UserRole } from '@podex/contracts/accounts';

/** What a credential is good for now. An admin’s token outlives the role: without it, it is a token like any other. */
export function effectiveScope({ scope, role }: { scope: TokenScope; role: UserRole }): TokenScope {
  return scope === 'admin' && role !== 'admin' ? 'write' : scope;
}
