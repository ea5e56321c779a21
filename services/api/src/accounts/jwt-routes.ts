import { createJwt, getJwks } from '@podex/contracts/routes/jwt-routes';
import type { Bus } from '../bus/bus.ts';
import { callOf } from '../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { JwtService } from './jwts.ts';

const JWKS_SECONDS = 300;

export function addJwtRoutes(app: ApiApp, jwts: JwtService, { bus }: { bus: Pick<Bus, 'hit'> }): void {
  app.openapi(createJwt, async (context) => {
    const call = callOf(context);
    await requireBelow(bus, RATE_LIMITS.jwtsOfUser, call.actor.userId);
    return context.json(await jwts.create(context.req.valid('json'), call), 201);
  });

  app.openapi(getJwks, async (context) => {
    context.header('cache-control', `public, max-age=${JWKS_SECONDS}`);
    return context.json(await jwts.listKeys(), 200);
  });
}
