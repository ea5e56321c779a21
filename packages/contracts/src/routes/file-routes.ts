import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { fileEntry, fileQuery } from '../files.ts';
import { uploadId, workspaceId } from '../ids.ts';
import { emptyTrashQuery, restoreFileInput, trashEntry, trashFileInput, trashListing } from '../trash.ts';
import { appendUploadQuery, createUploadInput, upload } from '../uploads.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Inside a workspace'];
const shared = { tags, security } as const;
const inside = '/api/workspaces/{workspace_id}';
const params = z.object({ workspace_id: workspaceId });
const uploadParams = z.object({ workspace_id: workspaceId, upload_id: uploadId });
const answers = { ...errorResponses, ...missing, ...conflict } as const;
const binary = { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } };

export const downloadArchive = createRoute({
  ...shared,
  operationId: 'downloadArchive',
  method: 'get',
  path: `${inside}/files/archive`,
  summary: 'Download a folder with all in it as .tar.gz; links stay links',
  description:
    'Streamed while it is read. What the workspace’s user may not read is left out, and named in a file `podex-left-out.txt` at the end of the archive. A response that breaks off is no whole archive.',
  request: { params, query: fileQuery },
  responses: {
    200: { description: 'The archive.', content: { 'application/gzip': binary['application/octet-stream'] } },
    ...answers,
  },
});

export const downloadZip = createRoute({
  ...shared,
  operationId: 'downloadZip',
  method: 'get',
  path: `${inside}/files/archive/zip`,
  summary: 'Download a folder with all in it as .zip, for what opens no .tar.gz',
  description:
    'As the other archive. A link is an entry of the kind that Info-ZIP makes, which Windows shows as a small text file. Names are UTF-8: the bytes of others are written `%B1`. At most 50,000 files and folders. What is renamed or left out is named in `podex-left-out.txt`.',
  request: { params, query: fileQuery },
  responses: {
    200: { description: 'The archive.', content: { 'application/zip': binary['application/octet-stream'] } },
    ...answers,
  },
});

export const trashFile = createRoute({
  ...shared,
  operationId: 'trashFile',
  method: 'post',
  path: `${inside}/files/trash`,
  summary: 'Move a file or a directory to the trash',
  description:
    'The trash is that of desktop programs: ~/.local/share/Trash. What lies on another disk than the home has no trash.',
  request: { params, body: body(trashFileInput) },
  responses: { 200: json(trashEntry, 'Where it is now.'), ...answers },
});

export const listTrash = createRoute({
  ...shared,
  operationId: 'listTrash',
  method: 'get',
  path: `${inside}/files/trash`,
  summary: 'What is in the trash, and how large it is',
  request: { params },
  responses: { 200: json(trashListing, 'What was deleted last first.'), ...answers },
});

export const restoreFile = createRoute({
  ...shared,
  operationId: 'restoreFile',
  method: 'post',
  path: `${inside}/files/trash/restore`,
  summary: 'Put back what was moved to the trash; it replaces nothing',
  request: { params, body: body(restoreFileInput) },
  responses: { 200: json(fileEntry, 'The entry at its place.'), ...answers },
});

export const emptyTrash = createRoute({
  ...shared,
  operationId: 'emptyTrash',
  method: 'delete',
  path: `${inside}/files/trash`,
  summary: 'Delete what is in the trash for good',
  request: { params, query: emptyTrashQuery },
  responses: { ...noContent, ...answers },
});

export const createUpload = createRoute({
  ...shared,
  operationId: 'createUpload',
  method: 'put',
  path: `${inside}/files/uploads/{upload_id}`,
  summary: 'Begin an upload that can be continued, under an id of your choice',
  description:
    'Then PATCH the bytes in one or more parts, and POST …/finish, which puts the file in its place as a whole. Asked again with the same body it responds with how far the upload is. One of which nothing comes for a day is deleted.',
  request: { params: uploadParams, body: body(createUploadInput) },
  responses: { 200: json(upload, 'How far it is.'), ...answers },
});

export const getUpload = createRoute({
  ...shared,
  operationId: 'getUpload',
  method: 'get',
  path: `${inside}/files/uploads/{upload_id}`,
  summary: 'How far an upload is',
  request: { params: uploadParams },
  responses: { 200: json(upload, 'The upload.'), ...answers },
});

export const appendUpload = createRoute({
  ...shared,
  operationId: 'appendUpload',
  method: 'patch',
  path: `${inside}/files/uploads/{upload_id}`,
  summary: 'Add bytes to an upload',
  description:
    'What arrived before the connection broke off counts: ask for the `offset` and go on there. A second PATCH ends the first.',
  request: {
    params: uploadParams,
    query: appendUploadQuery,
    body: { content: binary },
  },
  responses: { 200: json(upload, 'How far it is now.'), ...answers },
});

export const finishUpload = createRoute({
  ...shared,
  operationId: 'finishUpload',
  method: 'post',
  path: `${inside}/files/uploads/{upload_id}/finish`,
  summary: 'Put the file in its place; parents are made',
  request: { params: uploadParams },
  responses: {
    200: json(fileEntry, 'The entry as written.'),
    412: json(z.object({}).loose(), 'Somebody else wrote it since: `file_changed`.'),
    ...answers,
  },
});

export const cancelUpload = createRoute({
  ...shared,
  operationId: 'cancelUpload',
  method: 'delete',
  path: `${inside}/files/uploads/{upload_id}`,
  summary: 'Give an upload up; nothing stays of it',
  request: { params: uploadParams },
  responses: { ...noContent, ...answers },
});
