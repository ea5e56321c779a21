import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  createDeviceCodeInput,
  createdDeviceCode,
  decideDeviceInput,
  deviceRequest,
  deviceToken,
  pollDeviceTokenInput,
  userCode,
} from '../devices.ts';
import { body, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Account'];
const params = z.object({ user_code: userCode });

export const createDeviceCode = createRoute({
  operationId: 'createDeviceCode',
  method: 'post',
  path: '/api/device/code',
  tags,
  summary: 'Begin to sign a program in (RFC 8628): a person approves it on the page',
  request: { body: body(createDeviceCodeInput) },
  responses: { 201: json(createdDeviceCode, 'The two codes.'), 400: errorResponses[400] },
});

export const pollDeviceToken = createRoute({
  operationId: 'pollDeviceToken',
  method: 'post',
  path: '/api/device/token',
  tags,
  summary:
    'Ask for the token of a device code. `authorization_pending` and `slow_down`: ask again; `access_denied` and `expired_token`: begin again',
  request: { body: body(pollDeviceTokenInput) },
  responses: { 200: json(deviceToken, 'The token with its secret, once.'), 400: errorResponses[400] },
});

export const getDeviceRequest = createRoute({
  operationId: 'getDeviceRequest',
  method: 'get',
  path: '/api/device/requests/{user_code}',
  tags,
  security,
  summary: 'Which program shows this code',
  request: { params },
  responses: { 200: json(deviceRequest, 'It waits for a decision.'), ...errorResponses, ...missing },
});

export const decideDeviceRequest = createRoute({
  operationId: 'decideDeviceRequest',
  method: 'post',
  path: '/api/device/requests/{user_code}',
  tags,
  security,
  summary: 'Approve or deny a program, once; with a session only',
  request: { params, body: body(decideDeviceInput) },
  responses: { ...noContent, ...errorResponses, ...missing },
});
