import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { invitationId } from '../ids.ts';
import {
  createdInvitation,
  createInvitationInput,
  invitation,
  lookUpInvitationInput,
  openInvitation,
} from '../invitations.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Administration'], security };

export const createInvitation = createRoute({
  ...shared,
  operationId: 'createInvitation',
  method: 'post',
  path: '/api/admin/invitations',
  summary: 'Invite a person; the link is shown once. It replaces an open invitation of the same address',
  request: { body: body(createInvitationInput) },
  responses: {
    201: json(createdInvitation, 'The invitation with its link.'),
    ...errorResponses,
    ...conflict,
  },
});

export const listInvitations = createRoute({
  ...shared,
  operationId: 'listInvitations',
  method: 'get',
  path: '/api/admin/invitations',
  summary: 'Open invitations, newest first',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(invitation), 'Without their links.'), ...errorResponses },
});

export const deleteInvitation = createRoute({
  ...shared,
  operationId: 'deleteInvitation',
  method: 'delete',
  path: '/api/admin/invitations/{invitation_id}',
  summary: 'Revoke an invitation at once',
  request: { params: z.object({ invitation_id: invitationId }) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const lookUpInvitation = createRoute({
  operationId: 'lookUpInvitation',
  method: 'post',
  path: '/api/invitations/look_up',
  tags: ['Account'],
  summary: 'Whom an invitation is for. Sign up with its token as `invitation` beside the email address',
  request: { body: body(lookUpInvitationInput) },
  responses: { 200: json(openInvitation, 'A good invitation.'), 400: errorResponses[400], ...missing },
});
