import { type Team, team } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from './api-client.ts';

/** More teams of one person than this are not listed. */
const LISTED_TEAMS = 200;

const teamPage = pageOf(team);

/** Teams that the person is in, newest first: the teams have their page, and workspaces say to which of them they belong. */
export function teamsQuery() {
  return queryOptions({
    queryKey: ['teams', 'list'],
    queryFn: async ({ signal }): Promise<Team[]> => {
      const params = { query: { limit: LISTED_TEAMS } };
      return (await responseOf(teamPage, api().GET('/api/teams', { params, signal }))).items;
    },
  });
}
