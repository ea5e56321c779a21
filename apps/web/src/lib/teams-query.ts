import { team } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from './api-client.ts';

/** More teams than this are not listed on one page. */
const LISTED_TEAMS = 200;
const teamPage = pageOf(team);

export const TEAMS_KEY = ['teams'];

/** The teams that the person is in. */
export function teamsQuery() {
  return queryOptions({
    queryKey: TEAMS_KEY,
    queryFn: async ({ signal }) => {
      const params = { query: { limit: LISTED_TEAMS } };
      return (await responseOf(teamPage, api().GET('/api/teams', { params, signal }))).items;
    },
  });
}
