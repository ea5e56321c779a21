import { createLogger } from '@podex/service-kit/logger';
import { connectDatabase } from './src/database/connect.ts';
import { migrateToLatest } from './src/database/migrate.ts';
import { generateRows } from './scripts/generate-rows.ts';
import pg from 'pg';
const admin = new pg.Client({ connectionString: 'postgresql://postgres:postgres@localhost:55432/postgres' });
await admin.connect();
await admin.query('drop database if exists codegen'); await admin.query('create database codegen'); await admin.end();
const url = 'postgresql://postgres:postgres@localhost:55432/codegen';
const logger = createLogger({ service: 'x', level: 'info' });
{
  await using database = connectDatabase({ url, logger });
  await using second = connectDatabase({ url, logger });
  await Promise.all([migrateToLatest(database.db, logger), migrateToLatest(second.db, logger)]);
}
await generateRows({ databaseUrl: url, verify: false });
