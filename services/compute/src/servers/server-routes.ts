import { serverId } from '@podex/contracts/ids';
import { internalAuth } from '@podex/service-kit/internal-auth';
import type { KeyList } from '@podex/service-kit/key-list';
import { within } from '@podex/service-kit/waiting';
import type { ComputeApp } from '../http/compute-app.ts';
import type { ServerRegistry } from './server-registry.ts';

/** A check that takes longer goes on, and api is told what it found. */
const CHECK_LIMIT_MS = 60_000;

/** `POST /servers/{id}/check`: runs the preflight now; api has been told what it found when the response comes. */
export function addServerRoutes(app: ComputeApp, servers: ServerRegistry, internalKeys: KeyList): void {
  app.use('/servers/*', internalAuth(internalKeys));
  app.post('/servers/:id/check', async (context) => {
    const server = await servers.get(serverId.parse(context.req.param('id')));
    const limits = { signal: context.req.raw.signal, timeoutMs: CHECK_LIMIT_MS };
    const { status, reason, checks, facts } = await within(limits, () => server.check());
    return context.json({ status, reason, checks, facts });
  });
}
