import { type TeamMember, type TeamRole, team, teamMember } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, idempotencyKey, responseOf } from '#lib/api-client.ts';

const PAGE_SIZE = 200;
/** A team has 500 members at most. */
const MAX_PAGES = 5;

/** As people sort: Ada 2 before Ada 10. */
const NAMES = new Intl.Collator(undefined, { numeric: true });

const memberPage = pageOf(teamMember);
const ofTeam = (teamId: string) => ({ path: { team_id: teamId } });
const ofMember = (teamId: string, userId: string) => ({ path: { team_id: teamId, user_id: userId } });

export function teamQuery(teamId: string) {
  return queryOptions({
    queryKey: ['teams', 'one', teamId],
    queryFn: ({ signal }) =>
      responseOf(team, api().GET('/api/teams/{team_id}', { params: ofTeam(teamId), signal })),
  });
}

export function teamMembersQuery(teamId: string) {
  return queryOptions({
    queryKey: ['teams', 'members', teamId],
    queryFn: ({ signal }) => listMembers(teamId, signal),
  });
}

async function listMembers(teamId: string, signal: AbortSignal): Promise<TeamMember[]> {
  const all: TeamMember[] = [];
  let after: string | undefined;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const query = { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
    const params = { ...ofTeam(teamId), query };
    const page = await responseOf(memberPage, api().GET('/api/teams/{team_id}/members', { params, signal }));
    all.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  return all.toSorted((a, b) => NAMES.compare(a.name, b.name) || NAMES.compare(a.email, b.email));
}

function useRefreshTeams(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['teams'] });
}

export function useCreateTeam() {
  return useMutation({
    mutationFn: (name: string) =>
      responseOf(team, api().POST('/api/teams', { headers: idempotencyKey(), body: { name } })),
    onSuccess: useRefreshTeams(),
  });
}

export function useRenameTeam(teamId: string) {
  return useMutation({
    mutationFn: (name: string) =>
      responseOf(team, api().PATCH('/api/teams/{team_id}', { params: ofTeam(teamId), body: { name } })),
    onSuccess: useRefreshTeams(),
  });
}

export function useSetTeamLabels(teamId: string) {
  return useMutation({
    mutationFn: (labels: Record<string, string>) =>
      responseOf(team, api().PATCH('/api/teams/{team_id}', { params: ofTeam(teamId), body: { labels } })),
    onSuccess: useRefreshTeams(),
  });
}

export function useDeleteTeam(teamId: string) {
  return useMutation({
    mutationFn: async () => {
      await api().DELETE('/api/teams/{team_id}', { params: ofTeam(teamId) });
    },
    onSuccess: useRefreshTeams(),
  });
}

export function useLeaveTeam(teamId: string) {
  return useMutation({
    mutationFn: async () => {
      await api().POST('/api/teams/{team_id}/leave', { params: ofTeam(teamId) });
    },
    onSuccess: useRefreshTeams(),
  });
}

export function useAddMember(teamId: string) {
  return useMutation({
    mutationFn: (body: { email: string; role: TeamRole }) => {
      const params = ofTeam(teamId);
      return responseOf(teamMember, api().POST('/api/teams/{team_id}/members', { params, body }));
    },
    onSuccess: useRefreshTeams(),
  });
}

export function useChangeMember(teamId: string, userId: string) {
  return useMutation({
    mutationFn: (role: TeamRole) => {
      const params = ofMember(teamId, userId);
      const body = { role };
      return responseOf(teamMember, api().PATCH('/api/teams/{team_id}/members/{user_id}', { params, body }));
    },
    onSettled: useRefreshTeams(),
  });
}

export function useRemoveMember(teamId: string, userId: string) {
  return useMutation({
    mutationFn: async () => {
      await api().DELETE('/api/teams/{team_id}/members/{user_id}', { params: ofMember(teamId, userId) });
    },
    onSettled: useRefreshTeams(),
  });
}
