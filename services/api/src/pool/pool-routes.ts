import { getPool } from '@podex/contracts/routes/pool-routes';
import type { ApiApp } from '../http/api-app.ts';
import type { PoolService } from './pool.ts';

export function addPoolRoutes(app: ApiApp, pool: PoolService): void {
  app.openapi(getPool, async (context) => context.json(await pool.get(), 200));
}
