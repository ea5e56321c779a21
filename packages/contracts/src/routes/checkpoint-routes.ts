import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  checkpoint,
  checkpointDiff,
  checkpointFileDiff,
  checkpointList,
  compareCheckpointQuery,
  compareFileQuery,
  createCheckpointInput,
  restoreCheckpointInput,
} from '../checkpoints.ts';
import { checkpointId, workspaceId } from '../ids.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

/** States of a folder of a workspace that can be looked at and restored. They are kept inside it, out of its programs’ reach. */
const tags = ['Inside a workspace'];
const shared = { tags, security } as const;
const checkpoints = '/api/workspaces/{workspace_id}/checkpoints';
const params = z.object({ workspace_id: workspaceId });
const oneParams = params.extend({ checkpoint_id: checkpointId });
const answers = { ...errorResponses, ...missing, ...conflict } as const;

export const listCheckpoints = createRoute({
  ...shared,
  operationId: 'listCheckpoints',
  method: 'get',
  path: checkpoints,
  summary: 'Checkpoints, and what they take up',
  request: { params },
  responses: { 200: json(checkpointList, 'All of them.'), ...answers },
});

export const createCheckpoint = createRoute({
  ...shared,
  operationId: 'createCheckpoint',
  method: 'post',
  path: checkpoints,
  summary: 'Keep a folder as it is now',
  description:
    'Never changes the folder, nor a repository in it. With an `Idempotency-Key`, or an `id`, a repeated request answers as the first did.',
  request: { params, body: body(createCheckpointInput) },
  responses: { 201: json(checkpoint, 'The checkpoint.'), ...answers },
});

export const compareCheckpoint = createRoute({
  ...shared,
  operationId: 'compareCheckpoint',
  method: 'get',
  path: `${checkpoints}/{checkpoint_id}/diff`,
  summary: 'Which files differ',
  request: { params: oneParams, query: compareCheckpointQuery },
  responses: { 200: json(checkpointDiff, 'What differs.'), ...answers },
});

export const compareCheckpointFile = createRoute({
  ...shared,
  operationId: 'compareCheckpointFile',
  method: 'get',
  path: `${checkpoints}/{checkpoint_id}/diff/content`,
  summary: 'Both sides of one file',
  request: { params: oneParams, query: compareFileQuery },
  responses: { 200: json(checkpointFileDiff, 'Both sides.'), ...answers },
});

export const restoreCheckpoint = createRoute({
  ...shared,
  operationId: 'restoreCheckpoint',
  method: 'post',
  path: `${checkpoints}/{checkpoint_id}/restore`,
  summary: 'Make the folder what it was',
  description:
    'First makes a checkpoint of the present, which the response is: restoring that one undoes the restore. Files that a checkpoint does not hold stay as they are; what could not be restored is listed.',
  request: { params: oneParams, body: body(restoreCheckpointInput) },
  responses: { 200: json(checkpoint, 'The checkpoint of what was there before.'), ...answers },
});

export const deleteCheckpoint = createRoute({
  ...shared,
  operationId: 'deleteCheckpoint',
  method: 'delete',
  path: `${checkpoints}/{checkpoint_id}`,
  summary: 'Delete a checkpoint; the files stay as they are',
  request: { params: oneParams },
  responses: { ...noContent, ...answers },
});
