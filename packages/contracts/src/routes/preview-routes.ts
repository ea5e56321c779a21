import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { workspaceId } from '../ids.ts';
import {
  authorizedPreview,
  authorizePreviewInput,
  createPreviewLinkInput,
  portParam,
  portsQuery,
  previewLink,
  updatePortInput,
  workspacePort,
  workspacePorts,
} from '../previews.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Previews'];
const params = z.object({ workspace_id: workspaceId });
const ofPort = z.object({ workspace_id: workspaceId, port: portParam });
const refused = { ...errorResponses, ...missing };

export const listPorts = createRoute({
  operationId: 'listPorts',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/ports',
  tags,
  security,
  summary: 'Its ports and their previews; looking is no use of it',
  request: { params, query: portsQuery },
  responses: { 200: json(workspacePorts, 'All of them; there is no further page.'), ...refused },
});

export const updatePort = createRoute({
  operationId: 'updatePort',
  method: 'put',
  path: '/api/workspaces/{workspace_id}/ports/{port}',
  tags,
  security,
  summary: 'Say who can open the preview of a port, or name it; its owner alone makes one public',
  request: { params: ofPort, body: body(updatePortInput) },
  responses: { 200: json(workspacePort, 'The port.'), ...refused, ...conflict },
});

export const createPreviewLink = createRoute({
  operationId: 'createPreviewLink',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/ports/{port}/links',
  tags,
  security,
  summary: 'Make a link that opens a preview whose access is `link`',
  request: { params: ofPort, body: body(createPreviewLinkInput) },
  responses: { 201: json(previewLink, 'The link; it is shown once.'), ...refused, ...conflict },
});

export const revokePreviewLinks = createRoute({
  operationId: 'revokePreviewLinks',
  method: 'delete',
  path: '/api/workspaces/{workspace_id}/ports/{port}/links',
  tags,
  security,
  summary: 'End all links of a port, and what is open by them',
  request: { params: ofPort },
  responses: { ...noContent, ...refused },
});

export const authorizePreview = createRoute({
  operationId: 'authorizePreview',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/ports/{port}/authorize',
  tags,
  security,
  summary: 'Let this browser in to a private preview; for sessions only',
  request: { params: ofPort, body: body(authorizePreviewInput) },
  responses: { 200: json(authorizedPreview, 'Where the browser goes.'), ...refused, ...conflict },
});
