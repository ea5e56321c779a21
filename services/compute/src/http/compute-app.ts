import type { HttpBindings } from '@hono/node-server';
import type { HttpEnv } from '@podex/service-kit/http-app';
import { Hono } from 'hono';

export interface ComputeEnv extends HttpEnv {
  Bindings: HttpBindings;
}

export type ComputeApp = Hono<ComputeEnv>;

export function createComputeApp(): ComputeApp {
  return new Hono<ComputeEnv>();
}
