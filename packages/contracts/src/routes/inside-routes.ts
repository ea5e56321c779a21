import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  command,
  commandOutputQuery,
  commandWaitQuery,
  killCommandQuery,
  runCommandInput,
} from '../commands.ts';
import { diskUse } from '../disk.ts';
import { watchEvent, watchQuery } from '../file-events.ts';
import {
  editFileInput,
  editFileResult,
  editPreview,
  fileEntry,
  fileListing,
  fileQuery,
  listFilesQuery,
  makeDirectoryInput,
  moveFileInput,
  SEARCH_STREAM_TYPE,
  searchEvent,
  searchQuery,
  searchResult,
} from '../files.ts';
import { commandId, terminalId, workspaceId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import { sshHostKey } from '../ssh.ts';
import { attachTerminalQuery, createTerminalInput, renameTerminalInput, terminal } from '../terminals.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

export * from './checkpoint-routes.ts';
export * from './git-routes.ts';

/**
 * The workspace API. The daemon inside the workspace serves these routes below its root (`/files`, `/commands`, …);
 * api and compute put `/api/workspaces/{workspace_id}` in front and forward the bytes.
 */
const tags = ['Inside a workspace'];
const inside = '/api/workspaces/{workspace_id}';
const params = z.object({ workspace_id: workspaceId });
const shared = { tags, security } as const;
const answers = { ...errorResponses, ...missing, ...conflict } as const;

export const listFiles = createRoute({
  ...shared,
  operationId: 'listFiles',
  method: 'get',
  path: `${inside}/files`,
  summary: 'Look at a file, or list a directory',
  request: { params, query: listFilesQuery },
  responses: { 200: json(fileListing, 'The entry, and the children of a directory.'), ...answers },
});

export const readFile = createRoute({
  ...shared,
  operationId: 'readFile',
  method: 'get',
  path: `${inside}/files/content`,
  summary: 'Read a file; `Range` and `If-None-Match` are honoured',
  request: { params, query: fileQuery },
  responses: {
    200: {
      description: 'The bytes, with `ETag`.',
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
    206: { description: 'The bytes asked for by `Range`.' },
    304: { description: 'Not changed.' },
    ...answers,
  },
});

export const writeFile = createRoute({
  ...shared,
  operationId: 'writeFile',
  method: 'put',
  path: `${inside}/files/content`,
  summary: 'Write a whole file; parents are made; `If-Match` (or `If-None-Match: *`) guards it',
  description:
    'Nothing changes before the whole body has arrived. A file that is there stays the same file: its other names, owner, mode and watchers stay. One of more than 1 MB that is its owner’s alone and has no other name is replaced in one step.',
  request: {
    params,
    query: fileQuery,
    body: { content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } } },
  },
  responses: {
    200: json(fileEntry, 'The entry as written.'),
    412: json(z.object({}).loose(), 'Somebody else wrote it since: `file_changed`.'),
    ...answers,
  },
});

export const editFile = createRoute({
  ...shared,
  operationId: 'editFile',
  method: 'post',
  path: `${inside}/files/edit`,
  summary: 'Replace a passage of a text file',
  request: { params, body: body(editFileInput) },
  responses: { 200: json(editFileResult, 'Edited.'), ...answers },
});

export const previewEdit = createRoute({
  ...shared,
  operationId: 'previewEdit',
  method: 'post',
  path: `${inside}/files/edit/preview`,
  summary: 'See what an edit would do, or the error that it would end in; nothing is changed',
  request: { params, body: body(editFileInput) },
  responses: { 200: json(editPreview, 'Both sides of the edit.'), ...answers },
});

export const deleteFile = createRoute({
  ...shared,
  operationId: 'deleteFile',
  method: 'delete',
  path: `${inside}/files/content`,
  summary: 'Delete a file, or a directory with all in it',
  request: { params, query: fileQuery },
  responses: { ...noContent, ...answers },
});

export const moveFile = createRoute({
  ...shared,
  operationId: 'moveFile',
  method: 'post',
  path: `${inside}/files/move`,
  summary: 'Move or rename',
  request: { params, body: body(moveFileInput) },
  responses: { 200: json(fileEntry, 'The entry at its new place.'), ...answers },
});

export const makeDirectory = createRoute({
  ...shared,
  operationId: 'makeDirectory',
  method: 'post',
  path: `${inside}/files/mkdir`,
  summary: 'Make a directory and its parents',
  request: { params, body: body(makeDirectoryInput) },
  responses: { 201: json(fileEntry, 'The directory.'), ...answers },
});

export const search = createRoute({
  ...shared,
  operationId: 'search',
  method: 'get',
  path: `${inside}/search`,
  summary: 'Search contents or names; ignored files are left out',
  description: `With \`Accept: ${SEARCH_STREAM_TYPE}\` each match is sent as it is found. A request that is broken off ends the search.`,
  request: { params, query: searchQuery },
  responses: {
    200: {
      description: 'Matches.',
      content: {
        'application/json': { schema: searchResult },
        [SEARCH_STREAM_TYPE]: { schema: searchEvent },
      },
    },
    ...answers,
  },
});

export const watchFiles = createRoute({
  ...shared,
  operationId: 'watchFiles',
  method: 'get',
  path: `${inside}/watch`,
  summary: 'Follow changes of files as server-sent events; watching is no use of the workspace',
  request: { params, query: watchQuery },
  responses: {
    200: {
      description: 'Never ends by itself while the workspace runs; one JSON event a message, `ready` first.',
      content: { 'text/event-stream': { schema: watchEvent } },
    },
    ...answers,
  },
});

export const getDiskUse = createRoute({
  ...shared,
  operationId: 'getDiskUse',
  method: 'get',
  path: `${inside}/disk`,
  summary: 'How full its disk is; looking is no use of it',
  request: { params },
  responses: { 200: json(diskUse, 'Space and files, used and in all.'), ...answers },
});

const commandParams = z.object({ workspace_id: workspaceId, command_id: commandId });

export const runCommand = createRoute({
  ...shared,
  operationId: 'runCommand',
  method: 'put',
  path: `${inside}/commands/{command_id}`,
  summary: 'Run a command, or attach to it when the id was used with the same body',
  request: { params: commandParams, query: commandWaitQuery, body: body(runCommandInput) },
  responses: { 200: json(command, 'What is true after the wait.'), ...answers },
});

export const getCommand = createRoute({
  ...shared,
  operationId: 'getCommand',
  method: 'get',
  path: `${inside}/commands/{command_id}`,
  summary: 'Its state and the end of its output',
  request: { params: commandParams, query: commandWaitQuery },
  responses: { 200: json(command, 'The command.'), ...answers },
});

export const getCommandOutput = createRoute({
  ...shared,
  operationId: 'getCommandOutput',
  method: 'get',
  path: `${inside}/commands/{command_id}/output`,
  summary: 'Stream its output from an offset until it ends',
  request: { params: commandParams, query: commandOutputQuery },
  responses: {
    200: {
      description: 'Raw bytes as they come; the answer ends when the command does.',
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
    ...answers,
  },
});

export const killCommand = createRoute({
  ...shared,
  operationId: 'killCommand',
  method: 'delete',
  path: `${inside}/commands/{command_id}`,
  summary: 'Signal its process group; TERM is followed by KILL after 5 seconds',
  request: { params: commandParams, query: killCommandQuery },
  responses: { 200: json(command, 'The command.'), ...answers },
});

export const createTerminal = createRoute({
  ...shared,
  operationId: 'createTerminal',
  method: 'post',
  path: `${inside}/terminals`,
  summary: 'Open a terminal',
  request: { params, body: body(createTerminalInput) },
  responses: { 201: json(terminal, 'The terminal.'), ...answers },
});

export const listTerminals = createRoute({
  ...shared,
  operationId: 'listTerminals',
  method: 'get',
  path: `${inside}/terminals`,
  summary: 'Open terminals',
  request: { params },
  responses: { 200: json(pageOf(terminal), 'All of them.'), ...answers },
});

const terminalParams = z.object({ workspace_id: workspaceId, terminal_id: terminalId });

export const renameTerminal = createRoute({
  ...shared,
  operationId: 'renameTerminal',
  method: 'patch',
  path: `${inside}/terminals/{terminal_id}`,
  summary: 'Give a terminal another name',
  request: { params: terminalParams, body: body(renameTerminalInput) },
  responses: { 200: json(terminal, 'The terminal.'), ...answers },
});

export const closeTerminal = createRoute({
  ...shared,
  operationId: 'closeTerminal',
  method: 'delete',
  path: `${inside}/terminals/{terminal_id}`,
  summary: 'Close a terminal; what runs in it gets HUP, then KILL',
  request: { params: terminalParams },
  responses: { ...noContent, ...answers },
});

export const attachTerminal = createRoute({
  ...shared,
  operationId: 'attachTerminal',
  method: 'get',
  path: `${inside}/terminals/{terminal_id}/attach`,
  summary: 'WebSocket: binary frames are bytes, text frames are control JSON',
  request: { params: terminalParams, query: attachTerminalQuery },
  responses: { 101: { description: 'Switching to WebSocket.' }, ...answers },
});

export {
  appendUpload,
  cancelUpload,
  createUpload,
  downloadArchive,
  downloadZip,
  emptyTrash,
  finishUpload,
  getUpload,
  listTrash,
  restoreFile,
  trashFile,
} from './file-routes.ts';
export { previewReplace, replaceInFiles } from './replace-routes.ts';
export const openSsh = createRoute({
  ...shared,
  operationId: 'openSsh',
  method: 'get',
  path: `${inside}/ssh`,
  summary: 'WebSocket: binary frames are the bytes of one SSH connection, for the keys of your account',
  description:
    'For the ProxyCommand of an SSH client: `podex ssh-proxy`. A workspace that is stopped stays so.',
  request: { params },
  responses: { 101: { description: 'Switching to WebSocket.' }, ...answers },
});

export const getSshHostKey = createRoute({
  ...shared,
  operationId: 'getSshHostKey',
  method: 'get',
  path: `${inside}/ssh/host_key`,
  summary: 'The public key by which an SSH client knows the workspace',
  request: { params },
  responses: { 200: json(sshHostKey, 'The same for as long as the workspace exists.'), ...answers },
});
