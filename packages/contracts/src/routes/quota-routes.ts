import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { teamId, userId } from '../ids.ts';
import { ownQuotas, quotaHolder, updateQuotasInput } from '../quotas.ts';
import { body, errorResponses, json, missing, security } from './route.ts';

const shared = { tags: ['Administration'], security };
const ofUser = z.object({ user_id: userId });
const ofTeam = z.object({ team_id: teamId });

export const listQuotas = createRoute({
  operationId: 'listQuotas',
  method: 'get',
  path: '/api/quotas',
  tags: ['Account'],
  security,
  summary: 'What you and your teams use, and what is allowed',
  responses: { 200: json(ownQuotas, 'You first, then your teams.'), ...errorResponses },
});

export const getUserQuotas = createRoute({
  ...shared,
  operationId: 'getUserQuotas',
  method: 'get',
  path: '/api/admin/users/{user_id}/quotas',
  summary: 'What a user uses, and what is allowed',
  request: { params: ofUser },
  responses: { 200: json(quotaHolder, 'The user’s quotas.'), ...errorResponses, ...missing },
});

export const updateUserQuotas = createRoute({
  ...shared,
  operationId: 'updateUserQuotas',
  method: 'patch',
  path: '/api/admin/users/{user_id}/quotas',
  summary: 'Allow a user more or less than the platform’s settings',
  request: { params: ofUser, body: body(updateQuotasInput) },
  responses: { 200: json(quotaHolder, 'As they are now.'), ...errorResponses, ...missing },
});

export const getTeamQuotas = createRoute({
  ...shared,
  operationId: 'getTeamQuotas',
  method: 'get',
  path: '/api/admin/teams/{team_id}/quotas',
  summary: 'What a team uses, and what is allowed',
  request: { params: ofTeam },
  responses: { 200: json(quotaHolder, 'The team’s quotas.'), ...errorResponses, ...missing },
});

export const updateTeamQuotas = createRoute({
  ...shared,
  operationId: 'updateTeamQuotas',
  method: 'patch',
  path: '/api/admin/teams/{team_id}/quotas',
  summary: 'Allow a team more or less than the platform’s settings',
  request: { params: ofTeam, body: body(updateQuotasInput) },
  responses: { 200: json(quotaHolder, 'As they are now.'), ...errorResponses, ...missing },
});
