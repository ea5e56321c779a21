import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { teamId, workspaceId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import {
  knownSecretName,
  rotateSecretsInput,
  secret,
  secretName,
  secretsRotation,
  setSecretInput,
} from '../secrets.ts';
import { body, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Secrets'], security };

const known = z.object({ secret_name: knownSecretName });
const chosen = z.object({ secret_name: secretName });
const ofWorkspace = z.object({ workspace_id: workspaceId });
const ofTeam = z.object({ team_id: teamId });
const list = json(pageOf(secret), 'All of them, by name, without their values.');
const one = json(secret, 'Without its value, which is never given back.');

export const listSecrets = createRoute({
  ...shared,
  operationId: 'listSecrets',
  method: 'get',
  path: '/api/secrets',
  summary:
    'Your secrets: variables of terminals and commands in your own workspaces that are shared with nobody',
  responses: { 200: list, ...errorResponses },
});

export const getSecret = createRoute({
  ...shared,
  operationId: 'getSecret',
  method: 'get',
  path: '/api/secrets/{secret_name}',
  summary: 'One of your secrets, without its value',
  request: { params: known },
  responses: { 200: one, ...errorResponses, ...missing },
});

export const setSecret = createRoute({
  ...shared,
  operationId: 'setSecret',
  method: 'put',
  path: '/api/secrets/{secret_name}',
  summary: 'Set one of your secrets. What starts from then on in your workspaces has it',
  request: { params: chosen, body: body(setSecretInput) },
  responses: { 200: one, ...errorResponses },
});

export const deleteSecret = createRoute({
  ...shared,
  operationId: 'deleteSecret',
  method: 'delete',
  path: '/api/secrets/{secret_name}',
  summary: 'Delete one of your secrets. What runs already keeps it',
  request: { params: known },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const listTeamSecrets = createRoute({
  ...shared,
  operationId: 'listTeamSecrets',
  method: 'get',
  path: '/api/teams/{team_id}/secrets',
  summary: 'Secrets of a team: variables of terminals and commands in all its workspaces',
  request: { params: ofTeam },
  responses: { 200: list, ...errorResponses, ...missing },
});

export const getTeamSecret = createRoute({
  ...shared,
  operationId: 'getTeamSecret',
  method: 'get',
  path: '/api/teams/{team_id}/secrets/{secret_name}',
  summary: 'A secret of a team, without its value',
  request: { params: ofTeam.extend(known.shape) },
  responses: { 200: one, ...errorResponses, ...missing },
});

export const setTeamSecret = createRoute({
  ...shared,
  operationId: 'setTeamSecret',
  method: 'put',
  path: '/api/teams/{team_id}/secrets/{secret_name}',
  summary: 'Set a secret of a team. What starts from then on in its workspaces has it',
  request: { params: ofTeam.extend(chosen.shape), body: body(setSecretInput) },
  responses: { 200: one, ...errorResponses, ...missing },
});

export const deleteTeamSecret = createRoute({
  ...shared,
  operationId: 'deleteTeamSecret',
  method: 'delete',
  path: '/api/teams/{team_id}/secrets/{secret_name}',
  summary: 'Delete a secret of a team. What runs already keeps it',
  request: { params: ofTeam.extend(known.shape) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const listWorkspaceSecrets = createRoute({
  ...shared,
  operationId: 'listWorkspaceSecrets',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/secrets',
  summary: 'Secrets of a workspace, with the variables that it was created with',
  request: { params: ofWorkspace },
  responses: { 200: list, ...errorResponses, ...missing },
});

export const getWorkspaceSecret = createRoute({
  ...shared,
  operationId: 'getWorkspaceSecret',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/secrets/{secret_name}',
  summary: 'A secret of a workspace, without its value',
  request: { params: ofWorkspace.extend(known.shape) },
  responses: { 200: one, ...errorResponses, ...missing },
});

export const setWorkspaceSecret = createRoute({
  ...shared,
  operationId: 'setWorkspaceSecret',
  method: 'put',
  path: '/api/workspaces/{workspace_id}/secrets/{secret_name}',
  summary:
    'Set a secret of a workspace. What starts there from then on has it, in place of yours of the same name',
  request: { params: ofWorkspace.extend(chosen.shape), body: body(setSecretInput) },
  responses: { 200: one, ...errorResponses, ...missing },
});

export const deleteWorkspaceSecret = createRoute({
  ...shared,
  operationId: 'deleteWorkspaceSecret',
  method: 'delete',
  path: '/api/workspaces/{workspace_id}/secrets/{secret_name}',
  summary: 'Delete a secret of a workspace. What runs already keeps it',
  request: { params: ofWorkspace.extend(known.shape) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const rotateSecrets = createRoute({
  ...shared,
  operationId: 'rotateSecrets',
  method: 'post',
  path: '/api/admin/secrets/rotate',
  summary:
    'Wrap the data keys of some secrets with the current key. Call it again with `next` until that is null',
  request: { body: body(rotateSecretsInput) },
  responses: { 200: json(secretsRotation, 'What this call did.'), ...errorResponses },
});
