import {
  createToken,
  deleteCurrentToken,
  deleteToken,
  getMe,
  listTokens,
} from '@podex/contracts/routes/account-routes';
import type { Actor } from '../calls/actor.ts';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { TokenService } from './tokens.ts';

export function addAccountRoutes(
  app: ApiApp,
  tokens: TokenService,
  mustSetUpTwoFactor: (actor: Actor) => boolean,
): void {
  app.openapi(getMe, (context) => {
    const actor = context.get('actor');
    const { userId, email, name, role, createdAt, twoFactor } = actor;
    return context.json(
      {
        id: userId,
        email,
        name,
        role,
        created_at: createdAt.toISOString(),
        two_factor: twoFactor,
        two_factor_required: mustSetUpTwoFactor(actor),
      },
      200,
    );
  });

  app.openapi(createToken, async (context) => {
    const input = context.req.valid('json');
    return context.json(await tokens.create(input, callOf(context, input)), 201);
  });

  app.openapi(listTokens, async (context) => {
    return context.json(await tokens.list(context.req.valid('query'), callOf(context)), 200);
  });

  // Before the route whose path has an id in this place.
  app.openapi(deleteCurrentToken, async (context) => {
    await tokens.deleteCurrent(callOf(context));
    return context.body(null, 204);
  });

  app.openapi(deleteToken, async (context) => {
    await tokens.delete(context.req.valid('param').token_id, callOf(context));
    return context.body(null, 204);
  });
}
