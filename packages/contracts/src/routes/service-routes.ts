import { createRoute } from '@hono/zod-openapi';
import { computeHealth, health } from '../health.ts';
import { json } from './route.ts';

const tags = ['Service'];

export const getHealth = createRoute({
  operationId: 'getHealth',
  method: 'get',
  path: '/health',
  tags,
  summary: 'Is the service alive, and is each of its dependencies',
  responses: { 200: json(health, 'All is well.'), 503: json(health, 'A dependency is down.') },
});

export const getReady = createRoute({
  operationId: 'getReady',
  method: 'get',
  path: '/ready',
  tags,
  summary: 'May the service be given requests',
  responses: { 200: json(health, 'Ready.'), 503: json(health, 'Not ready, or stopping.') },
});

export const getComputeHealth = createRoute({
  operationId: 'getComputeHealth',
  method: 'get',
  path: '/api/compute/health',
  tags,
  summary: 'Compute and each workspace server',
  responses: {
    200: json(computeHealth, 'Compute answers and at least one server is ready.'),
    503: json(computeHealth, 'Can’t reach compute, or no server is ready.'),
  },
});
