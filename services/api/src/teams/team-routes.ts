import {
  addTeamMember,
  createTeam,
  deleteTeam,
  getTeam,
  leaveTeam,
  listAllTeams,
  listTeamMembers,
  listTeams,
  removeTeamMember,
  updateTeam,
  updateTeamMember,
} from '@podex/contracts/routes/team-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { TeamService } from './teams.ts';

export function addTeamRoutes(app: ApiApp, teams: TeamService): void {
  app.openapi(createTeam, async (context) => {
    const input = context.req.valid('json');
    return context.json(await teams.create(input, callOf(context, input)), 201);
  });

  app.openapi(listTeams, async (context) => {
    return context.json(await teams.list('own', context.req.valid('query'), callOf(context)), 200);
  });

  app.openapi(listAllTeams, async (context) => {
    return context.json(await teams.list('all', context.req.valid('query'), callOf(context)), 200);
  });

  app.openapi(getTeam, async (context) => {
    return context.json(await teams.get(context.req.valid('param').team_id, callOf(context)), 200);
  });

  app.openapi(updateTeam, async (context) => {
    const { team_id: id } = context.req.valid('param');
    return context.json(await teams.update(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteTeam, async (context) => {
    await teams.delete(context.req.valid('param').team_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(listTeamMembers, async (context) => {
    const { team_id: id } = context.req.valid('param');
    return context.json(await teams.listMembers(id, context.req.valid('query')), 200);
  });

  app.openapi(addTeamMember, async (context) => {
    const { team_id: id } = context.req.valid('param');
    return context.json(await teams.addMember(id, context.req.valid('json'), callOf(context)), 201);
  });

  app.openapi(updateTeamMember, async (context) => {
    const { team_id: id, user_id: userId } = context.req.valid('param');
    const input = context.req.valid('json');
    return context.json(await teams.updateMember(id, userId, input, callOf(context)), 200);
  });

  app.openapi(removeTeamMember, async (context) => {
    const { team_id: id, user_id: userId } = context.req.valid('param');
    await teams.removeMember(id, userId, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(leaveTeam, async (context) => {
    await teams.leave(context.req.valid('param').team_id, callOf(context));
    return context.body(null, 204);
  });
}
