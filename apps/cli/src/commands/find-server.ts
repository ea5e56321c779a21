import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import { type Server, server } from '@podex/contracts/servers';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';

export const SERVERS_PATH = '/api/admin/servers';
const PAGE = 200;
const servers = pageOf(server);

export async function allServers(ask: AskApi): Promise<Server[]> {
  const items: Server[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const path = withQuery(SERVERS_PATH, { limit: PAGE, after: after || undefined });
    const page: { items: Server[]; next: string | null } = await ask({
      method: 'GET',
      path,
      schema: servers,
    });
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

/** By name or id. @throws CliError when there is none. */
export async function findServer(ask: AskApi, nameOrId: string): Promise<Server> {
  const found = (await allServers(ask)).find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found !== undefined) return found;
  throw new CliError(`There is no server ${nameOrId}`, { cure: 'podex servers list', exitCode: EXIT.usage });
}
