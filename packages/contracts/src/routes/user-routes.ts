import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { userId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import {
  deleteMeInput,
  deleteUserQuery,
  listUsersQuery,
  managedUser,
  managedUserDetail,
  passwordResetLink,
  signOutUserInput,
  updateUserInput,
} from '../users.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Administration'], security };
const params = z.object({ user_id: userId });
const refused = { ...errorResponses, ...missing, ...conflict };

export const listUsers = createRoute({
  ...shared,
  operationId: 'listUsers',
  method: 'get',
  path: '/api/admin/users',
  summary: 'Users, newest first',
  request: { query: listUsersQuery },
  responses: { 200: json(pageOf(managedUser), 'One page.'), ...errorResponses },
});

export const getUser = createRoute({
  ...shared,
  operationId: 'getUser',
  method: 'get',
  path: '/api/admin/users/{user_id}',
  summary: 'A user, and what a deletion would end',
  request: { params },
  responses: { 200: json(managedUserDetail, 'The user.'), ...errorResponses, ...missing },
});

export const updateUser = createRoute({
  ...shared,
  operationId: 'updateUser',
  method: 'patch',
  path: '/api/admin/users/{user_id}',
  summary: 'Change name or role, suspend or restore. The last active admin stays one',
  request: { params, body: body(updateUserInput) },
  responses: { 200: json(managedUserDetail, 'As it is now.'), ...refused },
});

export const deleteUser = createRoute({
  ...shared,
  operationId: 'deleteUser',
  method: 'delete',
  path: '/api/admin/users/{user_id}',
  summary: 'Delete a user for good, with their workspaces or after moving these to another user',
  request: { params, query: deleteUserQuery },
  responses: { ...noContent, ...refused },
});

export const signOutUser = createRoute({
  ...shared,
  operationId: 'signOutUser',
  method: 'post',
  path: '/api/admin/users/{user_id}/sign_out',
  summary: 'End all sessions of a user, and their tokens where asked',
  request: { params, body: body(signOutUserInput) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const resetUserPassword = createRoute({
  ...shared,
  operationId: 'resetUserPassword',
  method: 'post',
  path: '/api/admin/users/{user_id}/password_reset',
  summary: 'Make a link with which the user chooses a new password; shown once, good once, for an hour',
  request: { params },
  responses: { 201: json(passwordResetLink, 'The link.'), ...refused },
});

export const deleteMe = createRoute({
  operationId: 'deleteMe',
  method: 'post',
  path: '/api/me/delete',
  tags: ['Account'],
  security,
  summary:
    'Delete the own account and all its workspaces for good. Needs the password, or a sign-in just before',
  request: { body: body(deleteMeInput) },
  responses: { ...noContent, ...errorResponses, ...conflict },
});
