import { portsQuery } from '@podex/contracts/previews';
import type { Route } from '../http/router.ts';
import type { ListeningPortsWatch } from './listening-ports.ts';

export function portRoutes(watch: ListeningPortsWatch): Route[] {
  return [
    {
      method: 'GET',
      path: '/ports',
      async answer({ query, signal }) {
        const { after, wait_ms: waitMs } = portsQuery.parse(query);
        return { status: 200, body: await watch.read({ after, waitMs, signal }) };
      },
    },
  ];
}
