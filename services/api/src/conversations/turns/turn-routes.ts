import { cancelTurn, wakeTurn } from '@podex/contracts/routes/conversation-routes';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { TurnService } from './turns.ts';

export function addTurnRoutes(app: ApiApp, turns: TurnService): void {
  app.openapi(cancelTurn, async (context) => {
    return context.json(await turns.cancel(context.req.valid('param').turn_id, callOf(context)), 200);
  });

  app.openapi(wakeTurn, async (context) => {
    return context.json(await turns.wake(context.req.valid('param').turn_id, callOf(context)), 200);
  });
}
