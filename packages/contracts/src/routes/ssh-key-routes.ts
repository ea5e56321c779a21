import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { sshKeyId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import { addSshKeyInput, sshKey } from '../ssh.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Account'], security };
const path = '/api/me/ssh_keys';

export const addSshKey = createRoute({
  ...shared,
  operationId: 'addSshKey',
  method: 'post',
  path,
  summary: 'Add a public key: who has its private half can connect with SSH where you may',
  request: { body: body(addSshKeyInput) },
  responses: { 201: json(sshKey, 'The key.'), ...errorResponses, ...conflict },
});

export const listSshKeys = createRoute({
  ...shared,
  operationId: 'listSshKeys',
  method: 'get',
  path,
  summary: 'Your SSH keys, newest first',
  responses: { 200: json(pageOf(sshKey), 'All of them.'), ...errorResponses },
});

export const deleteSshKey = createRoute({
  ...shared,
  operationId: 'deleteSshKey',
  method: 'delete',
  path: `${path}/{ssh_key_id}`,
  summary: 'Remove a key: it opens no more connections',
  request: { params: z.object({ ssh_key_id: sshKeyId }) },
  responses: { ...noContent, ...errorResponses, ...missing },
});
