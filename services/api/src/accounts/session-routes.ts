import { deleteSession, deleteSessions, listSessions } from '@podex/contracts/routes/session-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { SessionService } from './sessions.ts';

export function addSessionRoutes(app: ApiApp, sessions: SessionService): void {
  app.openapi(listSessions, async (context) => context.json(await sessions.list(callOf(context)), 200));

  app.openapi(deleteSession, async (context) => {
    await sessions.end(context.req.valid('param').session_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(deleteSessions, async (context) => {
    await sessions.endOthers(callOf(context));
    return context.body(null, 204);
  });
}
