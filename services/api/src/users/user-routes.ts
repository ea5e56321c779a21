import {
  deleteMe,
  deleteUser,
  getUser,
  listUsers,
  resetUserPassword,
  signOutUser,
  updateUser,
} from '@podex/contracts/routes/user-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { AddressOf } from '../network/client-address.ts';
import type { OwnAccount } from './own-account.ts';
import type { UserAdmin } from './user-admin.ts';

export function addUserRoutes(
  app: ApiApp,
  { users, ownAccount }: { users: UserAdmin; ownAccount: OwnAccount },
  { addressOf }: { addressOf: AddressOf },
): void {
  app.openapi(listUsers, async (context) => {
    return context.json(await users.list(context.req.valid('query')), 200);
  });

  app.openapi(getUser, async (context) => {
    return context.json(await users.get(context.req.valid('param').user_id), 200);
  });

  app.openapi(updateUser, async (context) => {
    const { user_id: id } = context.req.valid('param');
    return context.json(await users.update(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteUser, async (context) => {
    const { user_id: id } = context.req.valid('param');
    await users.delete(id, context.req.valid('query'), callOf(context));
    return context.body(null, 204);
  });

  app.openapi(signOutUser, async (context) => {
    const { user_id: id } = context.req.valid('param');
    await users.signOut(id, context.req.valid('json'), callOf(context));
    return context.body(null, 204);
  });

  app.openapi(resetUserPassword, async (context) => {
    return context.json(await users.resetPassword(context.req.valid('param').user_id, callOf(context)), 201);
  });

  app.openapi(deleteMe, async (context) => {
    const asker = { request: context.req.raw, address: addressOf(context.env.incoming) };
    // It ends the session that it rests on, and is still answered.
    context.get('requestEnd').farewell = () => undefined;
    await ownAccount.delete(context.req.valid('json'), callOf(context), asker);
    return context.body(null, 204);
  });
}
