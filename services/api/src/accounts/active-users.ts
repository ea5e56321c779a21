import { userId } from '@podex/contracts/ids';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError } from 'better-auth/api';
import type { Db } from '../database/connect.ts';
import { findActiveUser } from './standing-store.ts';

/**
 * A suspended user signs in with nothing. Whatever makes a session has seen the right password or another proof before, so only who has
 * it learns of the suspension; to everyone else the account answers as any other.
 */
export function admitActiveUsers(db: Db) {
  return {
    id: 'podex-active-users',
    init: () => ({
      options: {
        databaseHooks: {
          session: {
            create: {
              before: async (session) => {
                if (await findActiveUser(db, userId.parse(session.userId))) return;
                throw new APIError('FORBIDDEN', {
                  code: 'USER_SUSPENDED',
                  message: 'This account is suspended. Ask an admin to restore it.',
                });
              },
            },
          },
        },
      },
    }),
  } satisfies BetterAuthPlugin;
}
