import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { acceptGitHostKeyInput, addGitSshKeyInput, gitSshKey } from '../git-ssh-keys.ts';
import { gitSshKeyId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Git'], security };
const path = '/api/me/git_ssh_keys';
const params = z.object({ git_ssh_key_id: gitSshKeyId });

export const addGitSshKey = createRoute({
  ...shared,
  operationId: 'addGitSshKey',
  method: 'post',
  path,
  summary:
    'Make a key that git in your own workspaces connects with over SSH. Its private half stays in Podex',
  request: { body: body(addGitSshKeyInput) },
  responses: {
    201: json(gitSshKey, 'With the public half to add at the host.'),
    ...errorResponses,
    ...conflict,
  },
});

export const listGitSshKeys = createRoute({
  ...shared,
  operationId: 'listGitSshKeys',
  method: 'get',
  path,
  summary: 'Keys that git in your own workspaces connects with over SSH',
  responses: { 200: json(pageOf(gitSshKey), 'All of them, newest first.'), ...errorResponses },
});

export const deleteGitSshKey = createRoute({
  ...shared,
  operationId: 'deleteGitSshKey',
  method: 'delete',
  path: `${path}/{git_ssh_key_id}`,
  summary: 'Delete a key that git connects with over SSH',
  request: { params },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const acceptGitHostKey = createRoute({
  ...shared,
  operationId: 'acceptGitHostKey',
  method: 'put',
  path: `${path}/{git_ssh_key_id}/host_key`,
  summary:
    'Accept the key that the host showed, for all your keys at that host. Any other is refused from then on',
  request: { params, body: body(acceptGitHostKeyInput) },
  responses: { 200: json(gitSshKey, 'The key.'), ...errorResponses, ...missing, ...conflict },
});

export const forgetGitHostKey = createRoute({
  ...shared,
  operationId: 'forgetGitHostKey',
  method: 'delete',
  path: `${path}/{git_ssh_key_id}/host_key`,
  summary: 'Forget the key of the host: the next that it shows waits to be accepted',
  request: { params },
  responses: { 200: json(gitSshKey, 'The key.'), ...errorResponses, ...missing },
});
