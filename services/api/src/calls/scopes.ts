import type { TokenScope, UserRole } from '@podex/contracts/accounts';

/** What a credential is good for in the hands of its user: an admin’s token outlives the role, and without it administers nothing. */
export function scopesWithin(role: UserRole, scopes: readonly TokenScope[]): readonly TokenScope[] {
  return role === 'admin' ? scopes : scopes.filter((scope) => scope !== 'admin');
}

/** Whether a credential with scopes `held` is good for what asks for one of `needed`. `admin` is good for everything. */
export function coversScopes(held: readonly TokenScope[], needed: readonly TokenScope[]): boolean {
  return held.includes('admin') || needed.some((scope) => held.includes(scope));
}
