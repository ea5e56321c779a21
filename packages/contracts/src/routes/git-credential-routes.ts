import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  endedGithubAccess,
  gitCredential,
  gitHost,
  githubAccess,
  setGitCredentialInput,
} from '../git-credentials.ts';
import { pageOf } from '../pagination.ts';
import { body, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Git'], security };
const params = z.object({ git_host: gitHost });

export const listGitCredentials = createRoute({
  ...shared,
  operationId: 'listGitCredentials',
  method: 'get',
  path: '/api/git_credentials',
  summary: 'Hosts that git in your own workspaces can sign in to',
  responses: {
    200: json(pageOf(gitCredential), 'All of them, by host, without their tokens.'),
    ...errorResponses,
  },
});

export const setGitCredential = createRoute({
  ...shared,
  operationId: 'setGitCredential',
  method: 'put',
  path: '/api/git_credentials/{git_host}',
  summary:
    'Set what git signs in with at a host. It is given to git when it asks, and stored in no workspace',
  request: { params, body: body(setGitCredentialInput) },
  responses: { 200: json(gitCredential, 'Without its token.'), ...errorResponses },
});

export const deleteGitCredential = createRoute({
  ...shared,
  operationId: 'deleteGitCredential',
  method: 'delete',
  path: '/api/git_credentials/{git_host}',
  summary: 'Delete what git signs in with at a host',
  request: { params },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const getGithubAccess = createRoute({
  ...shared,
  operationId: 'getGithubAccess',
  method: 'get',
  path: '/api/me/github_access',
  summary: 'Whether git in your own workspaces may use the private repositories of your account at GitHub',
  responses: { 200: json(githubAccess, 'Without the token.'), ...errorResponses },
});

export const deleteGithubAccess = createRoute({
  ...shared,
  operationId: 'deleteGithubAccess',
  method: 'delete',
  path: '/api/me/github_access',
  summary: 'Delete what GitHub gave for your private repositories, and end it at GitHub',
  responses: { 200: json(endedGithubAccess, 'It is deleted here.'), ...errorResponses, ...missing },
});
