import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  addTeamMemberInput,
  createTeamInput,
  team,
  teamMember,
  updateTeamInput,
  updateTeamMemberInput,
} from '../access.ts';
import { teamId, userId } from '../ids.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Teams'];
const params = z.object({ team_id: teamId });
const ofMember = z.object({ team_id: teamId, user_id: userId });
const refused = { ...errorResponses, ...missing };

export const createTeam = createRoute({
  operationId: 'createTeam',
  method: 'post',
  path: '/api/teams',
  tags,
  security,
  summary: 'Make a team, whose owner you are',
  request: { body: body(createTeamInput) },
  responses: { 201: json(team, 'The team.'), ...errorResponses, ...conflict },
});

export const listTeams = createRoute({
  operationId: 'listTeams',
  method: 'get',
  path: '/api/teams',
  tags,
  security,
  summary: 'Teams that you are in, newest first',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(team), 'A page.'), ...errorResponses },
});

export const listAllTeams = createRoute({
  operationId: 'listAllTeams',
  method: 'get',
  path: '/api/admin/teams',
  tags: ['Administration'],
  security,
  summary: 'All teams, newest first',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(team), 'A page.'), ...errorResponses },
});

export const getTeam = createRoute({
  operationId: 'getTeam',
  method: 'get',
  path: '/api/teams/{team_id}',
  tags,
  security,
  summary: 'One team',
  request: { params },
  responses: { 200: json(team, 'The team.'), ...refused },
});

export const updateTeam = createRoute({
  operationId: 'updateTeam',
  method: 'patch',
  path: '/api/teams/{team_id}',
  tags,
  security,
  summary: 'Rename a team, or say which labels the servers of its new workspaces must have',
  request: { params, body: body(updateTeamInput) },
  responses: { 200: json(team, 'The team.'), ...refused },
});

export const deleteTeam = createRoute({
  operationId: 'deleteTeam',
  method: 'delete',
  path: '/api/teams/{team_id}',
  tags,
  security,
  summary: 'Delete a team that has no workspaces left',
  request: { params },
  responses: { ...noContent, ...refused, ...conflict },
});

export const listTeamMembers = createRoute({
  operationId: 'listTeamMembers',
  method: 'get',
  path: '/api/teams/{team_id}/members',
  tags,
  security,
  summary: 'Who is in a team',
  request: { params, query: pageQuery },
  responses: { 200: json(pageOf(teamMember), 'A page.'), ...refused },
});

export const addTeamMember = createRoute({
  operationId: 'addTeamMember',
  method: 'post',
  path: '/api/teams/{team_id}/members',
  tags,
  security,
  summary: 'Add a person who has an account here; who is in it already keeps their role',
  request: { params, body: body(addTeamMemberInput) },
  responses: { 201: json(teamMember, 'The member.'), ...refused, ...conflict },
});

export const updateTeamMember = createRoute({
  operationId: 'updateTeamMember',
  method: 'patch',
  path: '/api/teams/{team_id}/members/{user_id}',
  tags,
  security,
  summary: 'Give a member another role',
  request: { params: ofMember, body: body(updateTeamMemberInput) },
  responses: { 200: json(teamMember, 'The member.'), ...refused, ...conflict },
});

export const removeTeamMember = createRoute({
  operationId: 'removeTeamMember',
  method: 'delete',
  path: '/api/teams/{team_id}/members/{user_id}',
  tags,
  security,
  summary: 'Remove a member; what they have open of its workspaces closes',
  request: { params: ofMember },
  responses: { ...noContent, ...refused, ...conflict },
});

export const leaveTeam = createRoute({
  operationId: 'leaveTeam',
  method: 'post',
  path: '/api/teams/{team_id}/leave',
  tags,
  security,
  summary: 'Leave a team',
  request: { params },
  responses: { ...noContent, ...refused, ...conflict },
});
