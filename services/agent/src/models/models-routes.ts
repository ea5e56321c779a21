import type { HttpEnv } from '@podex/service-kit/http-app';
import { Hono } from 'hono';
import type { Models } from './models.ts';

/** `GET /models` → modelList. For api only. */
export function modelsRoutes(models: Models): Hono<HttpEnv> {
  return new Hono<HttpEnv>().get('/models', async (context) => context.json(await models.list()));
}
