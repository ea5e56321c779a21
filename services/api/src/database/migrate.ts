import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '@podex/service-kit/logger';
import { sql } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import type { Db } from './connect.ts';

const FOLDER = path.join(import.meta.dirname, 'migrations');
const FILE_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}_[a-z0-9-]+\.sql$/;

/** Each `.sql` file is one migration; they run in the order of their names and are never changed once released. */
const sqlFiles: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {};
    for (const file of (await readdir(FOLDER)).sort()) {
      if (!FILE_NAME.test(file))
        throw new Error(`${file} is not named like 2026-01-31T09-30_what-it-does.sql`);
      const text = await readFile(path.join(FOLDER, file), 'utf8');
      migrations[path.basename(file, '.sql')] = {
        up: async (db) => {
          await sql.raw(text).execute(db);
        },
      };
    }
    return migrations;
  },
};

/**
 * Brings the schema up to date. Processes that start at once wait for each other on the migrator’s advisory lock; all files run in
 * one transaction, so that a failure leaves the schema as it was.
 *
 * @throws the database’s own error, after the name of the failed migration was logged.
 */
export async function migrateToLatest(db: Db, logger: Logger): Promise<void> {
  const migrator = new Migrator({ db, provider: sqlFiles });
  const { error, results = [] } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results) {
    logger.info({ migration: migrationName, status }, 'database.migration');
  }
  if (error !== undefined) throw error;
}
