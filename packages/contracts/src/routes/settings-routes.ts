import { createRoute } from '@hono/zod-openapi';
import { registration, settings, updateSettingsInput } from '../settings.ts';
import { body, errorResponses, json, security } from './route.ts';

export const getRegistration = createRoute({
  operationId: 'getRegistration',
  method: 'get',
  path: '/api/registration',
  tags: ['Account'],
  summary: 'Who may make an account here, and how',
  responses: { 200: json(registration, 'For the sign-in page.') },
});

export const getSettings = createRoute({
  operationId: 'getSettings',
  method: 'get',
  path: '/api/admin/settings',
  tags: ['Administration'],
  security,
  summary: 'All settings with their present values',
  responses: { 200: json(settings, 'The settings.'), ...errorResponses },
});

export const updateSettings = createRoute({
  operationId: 'updateSettings',
  method: 'patch',
  path: '/api/admin/settings',
  tags: ['Administration'],
  security,
  summary: 'Change settings; they apply at once',
  request: { body: body(updateSettingsInput) },
  responses: { 200: json(settings, 'The settings after the change.'), ...errorResponses },
});
