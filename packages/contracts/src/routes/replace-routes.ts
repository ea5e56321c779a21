import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { workspaceId } from '../ids.ts';
import { previewReplaceInput, replaceInput, replacePreview, replaceResult } from '../replacing.ts';
import { body, conflict, errorResponses, json, missing, security } from './route.ts';

const tags = ['Inside a workspace'];
const shared = { tags, security } as const;
const path = '/api/workspaces/{workspace_id}/files/replace';
const params = z.object({ workspace_id: workspaceId });
const answers = { ...errorResponses, ...missing, ...conflict } as const;

export const previewReplace = createRoute({
  ...shared,
  operationId: 'previewReplace',
  method: 'post',
  path: `${path}/preview`,
  summary: 'See each change that replacing in files would make; nothing is changed',
  request: { params, body: body(previewReplaceInput) },
  responses: { 200: json(replacePreview, 'The changes, file by file.'), ...answers },
});

export const replaceInFiles = createRoute({
  ...shared,
  operationId: 'replaceInFiles',
  method: 'post',
  path,
  summary: 'Replace all matches in files, or some; each file as a whole or not at all',
  description:
    'A file that was changed since its preview is left as it is, and the response says so; the others are changed. Make a checkpoint first to be able to undo it. A repeated request finds the files changed, and so replaces nothing twice.',
  request: { params, body: body(replaceInput) },
  responses: { 200: json(replaceResult, 'What was done to each file.'), ...answers },
});
