import {
  createInvitation,
  deleteInvitation,
  listInvitations,
  lookUpInvitation,
} from '@podex/contracts/routes/invitation-routes';
import type { Bus } from '../bus/bus.ts';
import { callOf } from '../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { ApiApp } from '../http/api-app.ts';
import { type AddressOf, networkOf } from '../network/client-address.ts';
import type { InvitationService } from './invitations.ts';

export function addInvitationRoutes(
  app: ApiApp,
  invitations: InvitationService,
  { bus, addressOf }: { bus: Pick<Bus, 'hit'>; addressOf: AddressOf },
): void {
  app.openapi(createInvitation, async (context) => {
    const input = context.req.valid('json');
    return context.json(await invitations.create(input, callOf(context, input)), 201);
  });

  app.openapi(listInvitations, async (context) => {
    return context.json(await invitations.list(context.req.valid('query')), 200);
  });

  app.openapi(deleteInvitation, async (context) => {
    await invitations.revoke(context.req.valid('param').invitation_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(lookUpInvitation, async (context) => {
    const network = networkOf(addressOf(context.env.incoming));
    await requireBelow(bus, RATE_LIMITS.invitationFromAddress, network);
    return context.json(await invitations.lookUp(context.req.valid('json').token), 200);
  });
}
