import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  command,
  commandOutputQuery,
  commandWaitQuery,
  killCommandQuery,
  runCommandInput,
} from '../commands.ts';
import {
  editFileInput,
  editFileResult,
  fileEntry,
  fileListing,
  fileQuery,
  makeDirectoryInput,
  moveFileInput,
  searchQuery,
  searchResult,
} from '../files.ts';
import { commandId, terminalId, workspaceId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import { attachTerminalQuery, createTerminalInput, terminal } from '../terminals.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

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
  request: { params, query: fileQuery },
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
  summary: 'Write a whole file atomically; parents are made; `If-Match` (or `If-None-Match: *`) guards it',
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
  request: { params, query: searchQuery },
  responses: { 200: json(searchResult, 'Matches.'), ...answers },
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
