import {
  createDeviceCode,
  decideDeviceRequest,
  getDeviceRequest,
  pollDeviceToken,
} from '@podex/contracts/routes/device-routes';
import type { Bus } from '../bus/bus.ts';
import { callOf } from '../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { ApiApp } from '../http/api-app.ts';
import { type AddressOf, networkOf } from '../network/client-address.ts';
import type { DeviceFlow } from './device-flow.ts';

export function addDeviceRoutes(
  app: ApiApp,
  devices: DeviceFlow,
  { bus, addressOf }: { bus: Pick<Bus, 'hit'>; addressOf: AddressOf },
): void {
  app.openapi(createDeviceCode, async (context) => {
    const address = addressOf(context.env.incoming);
    await requireBelow(bus, RATE_LIMITS.deviceCodesFromAddress, networkOf(address));
    return context.json(await devices.begin(context.req.valid('json'), address), 201);
  });

  app.openapi(pollDeviceToken, async (context) => {
    const network = networkOf(addressOf(context.env.incoming));
    await requireBelow(bus, RATE_LIMITS.devicePollsFromAddress, network);
    const by = { actor: undefined, requestId: context.get('requestId'), source: context.get('source') };
    return context.json(await devices.poll(context.req.valid('json').device_code, by), 200);
  });

  app.openapi(getDeviceRequest, async (context) => {
    const call = callOf(context);
    await requireBelow(bus, RATE_LIMITS.userCodesOfUser, call.actor.userId);
    const address = addressOf(context.env.incoming);
    return context.json(await devices.find(context.req.valid('param').user_code, address), 200);
  });

  app.openapi(decideDeviceRequest, async (context) => {
    const call = callOf(context);
    await requireBelow(bus, RATE_LIMITS.userCodesOfUser, call.actor.userId);
    const { decision } = context.req.valid('json');
    await devices.decide(context.req.valid('param').user_code, decision, call);
    return context.body(null, 204);
  });
}
