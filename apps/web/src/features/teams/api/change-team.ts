import { type TeamRole, team, teamMember } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, idempotencyKey, responseOf } from '#lib/api-client.ts';
import { TEAMS_KEY } from '#lib/teams-query.ts';

/** A team has no more. */
const LISTED_MEMBERS = 200;
const memberPage = pageOf(teamMember);

const pathOf = (teamId: string) => ({ path: { team_id: teamId } });

export function teamQuery(teamId: string) {
  return queryOptions({
    queryKey: [...TEAMS_KEY, teamId],
    queryFn: ({ signal }) => {
      return responseOf(team, api().GET('/api/teams/{team_id}', { params: pathOf(teamId), signal }));
    },
  });
}

export function membersQuery(teamId: string) {
  return queryOptions({
    queryKey: [...TEAMS_KEY, teamId, 'members'],
    queryFn: async ({ signal }) => {
      const params = { ...pathOf(teamId), query: { limit: LISTED_MEMBERS } };
      const found = api().GET('/api/teams/{team_id}/members', { params, signal });
      return (await responseOf(memberPage, found)).items;
    },
  });
}

function useTeamChange<Input, Result>(mutationFn: (input: Input) => Promise<Result>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queryClient.invalidateQueries({ queryKey: TEAMS_KEY }),
  });
}

export function useCreateTeam() {
  return useTeamChange((name: string) =>
    responseOf(team, api().POST('/api/teams', { headers: idempotencyKey(), body: { name } })),
  );
}

/** What can be done to a member; `leave` is for oneself. */
export type MemberChange =
  | { kind: 'add'; email: string; role: TeamRole }
  | { kind: 'role'; userId: string; role: TeamRole }
  | { kind: 'remove'; userId: string };

export function useChangeMembers(teamId: string) {
  return useTeamChange(async (change: MemberChange) => {
    if (change.kind === 'add') {
      const { email, role } = change;
      await api().POST('/api/teams/{team_id}/members', { params: pathOf(teamId), body: { email, role } });
      return;
    }
    const params = { path: { team_id: teamId, user_id: change.userId } };
    if (change.kind === 'remove') await api().DELETE('/api/teams/{team_id}/members/{user_id}', { params });
    else {
      const body = { role: change.role };
      await api().PATCH('/api/teams/{team_id}/members/{user_id}', { params, body });
    }
  });
}

export function useLeaveTeam(teamId: string) {
  return useTeamChange(async () => {
    await api().POST('/api/teams/{team_id}/leave', { params: pathOf(teamId) });
  });
}

export function useDeleteTeam(teamId: string) {
  return useTeamChange(async () => {
    await api().DELETE('/api/teams/{team_id}', { params: pathOf(teamId) });
  });
}
