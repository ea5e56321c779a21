import { userId } from '@podex/contracts/ids';
import type { Bus } from '../bus/bus.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db } from '../database/connect.ts';
import type { CredentialEnds } from './token-revocation.ts';
import { deleteTokensOfUser } from './token-store.ts';

/** Joins better-auth with what is api’s own: bearer tokens, and the connections that end with a credential. */
export function createCredentialEnds({ db, bus }: { db: Db; bus: Pick<Bus, 'publish'> }): CredentialEnds {
  const ended = () => bus.publish(CREDENTIALS_CHANNEL, '');
  return {
    ended,
    async revokeTokens(id) {
      await deleteTokensOfUser(db, userId.parse(id));
      ended();
    },
  };
}
