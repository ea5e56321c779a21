import {
  createJoinToken,
  deleteJoinToken,
  joinServer,
  listJoinTokens,
  lookUpJoinToken,
  renewServer,
} from '@podex/contracts/routes/join-token-routes';
import type { Bus } from '../bus/bus.ts';
import { callOf } from '../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { ApiApp } from '../http/api-app.ts';
import { type AddressOf, networkOf } from '../network/client-address.ts';
import type { Enrolment } from './enrolment.ts';
import type { JoinTokenService } from './join-tokens.ts';

export interface EnrolmentParts {
  joinTokens: JoinTokenService;
  enrolment: Enrolment;
}

/** To be added before the routes of one server, whose pattern matches `…/servers/join_tokens` too. */
export function addEnrolmentRoutes(
  app: ApiApp,
  { joinTokens, enrolment }: EnrolmentParts,
  { bus, addressOf }: { bus: Pick<Bus, 'hit'>; addressOf: AddressOf },
): void {
  app.openapi(createJoinToken, async (context) => {
    const input = context.req.valid('json');
    return context.json(await joinTokens.create(input, callOf(context, input)), 201);
  });

  app.openapi(listJoinTokens, async (context) => {
    return context.json(await joinTokens.list(context.req.valid('query')), 200);
  });

  app.openapi(deleteJoinToken, async (context) => {
    await joinTokens.revoke(context.req.valid('param').join_token_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(renewServer, async (context) => {
    const { server_id: id } = context.req.valid('param');
    return context.json(await joinTokens.renew(id, callOf(context)), 201);
  });

  app.openapi(lookUpJoinToken, async (context) => {
    const network = networkOf(addressOf(context.env.incoming));
    await requireBelow(bus, RATE_LIMITS.joinsFromAddress, network);
    return context.json(await joinTokens.lookUp(context.req.valid('json').token), 200);
  });

  app.openapi(joinServer, async (context) => {
    const network = networkOf(addressOf(context.env.incoming));
    await requireBelow(bus, RATE_LIMITS.joinsFromAddress, network);
    const by = { actor: undefined, requestId: context.get('requestId'), source: context.get('source') };
    return context.json(await enrolment.join(context.req.valid('json'), by), 201);
  });
}
