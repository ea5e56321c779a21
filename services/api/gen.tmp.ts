import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { createLogger } from '@podex/service-kit/logger';
import { buildAuthOptions } from './src/accounts/auth.ts';
const pool = new pg.Pool({ connectionString: 'postgresql://postgres:postgres@localhost:55432/postgres' });
const o = buildAuthOptions({ config: { frontendOrigin: 'http://localhost:3000', github: undefined, google: undefined, isSignUpOpen: true, sessionSecret: 'x'.repeat(32) }, pool, allowedOrigins: [], logger: createLogger({service:'x', level:'info'}) });
const m = await getMigrations(o);
console.log(await m.compileMigrations());
await pool.end();
