import { turnId } from '@podex/contracts/ids';
import {
  appendInput,
  claimInput,
  type claimResult,
  contextInput,
  presenceInput,
  releaseInput,
  type releaseResult,
  renewInput,
} from '@podex/contracts/internal/turns';
import type { z } from 'zod';
import type { InternalApp } from '../../http/internal-app.ts';
import type { TurnWork } from './turn-work.ts';
import type { WorkerPresence } from './worker-presence.ts';

/** `/internal/turns/…`: the protocol with agent. */
export function addTurnWorkRoutes(app: InternalApp, work: TurnWork, presence: WorkerPresence): void {
  app.post('/internal/turns/claim', async (context) => {
    const input = claimInput.parse(await context.req.json());
    const turn = (await work.claim(input, context.req.raw.signal)) ?? null;
    return context.json({ turn } satisfies z.output<typeof claimResult>);
  });

  app.post('/internal/turns/presence', async (context) => {
    await presence.attend(presenceInput.parse(await context.req.json()), context.req.raw.signal);
    return context.body(null, 204);
  });

  app.post('/internal/turns/:id/context', async (context) => {
    const id = turnId.parse(context.req.param('id'));
    return context.json(await work.context(id, contextInput.parse(await context.req.json()).lease_token));
  });

  app.post('/internal/turns/:id/renew', async (context) => {
    const id = turnId.parse(context.req.param('id'));
    return context.json(await work.renew(id, renewInput.parse(await context.req.json()).lease_token));
  });

  app.post('/internal/turns/:id/events', async (context) => {
    const id = turnId.parse(context.req.param('id'));
    return context.json(await work.append(id, appendInput.parse(await context.req.json())));
  });

  app.post('/internal/turns/:id/release', async (context) => {
    const id = turnId.parse(context.req.param('id'));
    const outcome = await work.release(id, releaseInput.parse(await context.req.json()));
    return context.json({ outcome } satisfies z.output<typeof releaseResult>);
  });
}
