import { PodexError } from '@podex/contracts/errors';
import type { SettingValues } from '@podex/contracts/settings';
import type { Actor } from '../calls/actor.ts';

/** What a person needs who has still to set up two-factor authentication, or would rather end what is theirs. */
const WITHOUT = new Set([
  'getMe',
  'listTokens',
  'deleteToken',
  'deleteCurrentToken',
  'listSessions',
  'deleteSession',
  'deleteSessions',
]);

export interface TwoFactorRule {
  /** Whether the platform asks it of this person, who has not done it. */
  mustSetUp(actor: Pick<Actor, 'role' | 'twoFactor'>): boolean;
  /** @throws PodexError two_factor_required. */
  require(actor: Actor, operationId: string): void;
}

/** The setting `require_two_factor`, as it stands at each request. */
export function createTwoFactorRule(settings: {
  readonly values: Pick<SettingValues, 'require_two_factor'>;
}): TwoFactorRule {
  function mustSetUp({ role, twoFactor }: Pick<Actor, 'role' | 'twoFactor'>): boolean {
    if (twoFactor) return false;
    const who = settings.values.require_two_factor;
    return who === 'everyone' || (who === 'admins' && role === 'admin');
  }
  return {
    mustSetUp,
    require(actor, operationId) {
      if (WITHOUT.has(operationId) || !mustSetUp(actor)) return;
      const message = 'Two-factor authentication is required here. Set it up on the account page.';
      throw new PodexError('two_factor_required', message, {});
    },
  };
}
