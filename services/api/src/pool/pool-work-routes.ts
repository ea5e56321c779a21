import {
  addSlotInput,
  keepPoolInput,
  type keepPoolResult,
  observeSlotInput,
  slotKey,
} from '@podex/contracts/internal/pool';
import type { z } from 'zod';
import type { InternalApp } from '../http/internal-app.ts';
import type { PoolWork } from './pool-work.ts';

/** `/internal/pool/…`: the protocol with compute. */
export function addPoolWorkRoutes(app: InternalApp, pool: PoolWork): void {
  app.post('/internal/pool/keep', async (context) => {
    const input = keepPoolInput.parse(await context.req.json());
    const kept = await pool.keep(input, context.req.raw.signal);
    return context.json(kept satisfies z.input<typeof keepPoolResult>);
  });

  app.post('/internal/pool/slots', async (context) => {
    await pool.add(addSlotInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/pool/slots/:key/observe', async (context) => {
    const key = slotKey.parse(context.req.param('key'));
    await pool.observe(key, observeSlotInput.parse(await context.req.json()));
    return context.body(null, 204);
  });
}
