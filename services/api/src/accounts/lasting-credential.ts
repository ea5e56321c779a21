import { PodexError } from '@podex/contracts/errors';
import type { Actor } from '../calls/actor.ts';

/**
 * For what a stolen JWT must not reach beyond its minutes with.
 *
 * @throws PodexError forbidden.
 */
export function requireLasting(actor: Actor): void {
  if (actor.via !== 'jwt') return;
  throw new PodexError(
    'forbidden',
    'A JWT can’t do this. Use the token or the session that it was made with.',
    {},
  );
}

/**
 * For what a person does on the page: no program with a token may do it for them.
 *
 * @param doing what, as in "Only a person on the page can …".
 * @returns the id of the session.
 * @throws PodexError forbidden.
 */
export function requireSession(actor: Actor, doing: string): string {
  if (actor.via === 'session') return actor.credentialId;
  throw new PodexError('forbidden', `Only a person on the page can ${doing}. Sign in there.`, {});
}
