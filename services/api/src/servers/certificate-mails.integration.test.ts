import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { ADMIN } from '../../testing/test-api.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { Outbox } from '../mail/outbox.ts';
import { LetterSeal } from '../mail/seal.ts';
import { CertificateMails } from './certificate-mails.ts';

const DAY_MS = 86_400_000;

describe('certificates that end', () => {
  // Without mail of its own, so that nothing but this test sends.
  const api = setUpApi(() => ({ variables: { ENVIRONMENT: 'production' } }));
  const seal = new LetterSeal('a-session-secret-of-at-least-32-characters');
  let database: Database;
  let mails: CertificateMails;
  beforeAll(async () => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const { db } = database;
    mails = new CertificateMails({
      db,
      transact: testTransact(db),
      outbox: new Outbox({ seal, logger: silentLogger }),
      frontendOrigin: 'https://podex.example.com',
    });
    await api().signInAdmin();
    await api().signUp();
  });
  afterAll(() => database.close());

  let servers = 0;
  async function server(ends: { client?: Date; server?: Date }, enrolled_at: Date | null = null) {
    servers += 1;
    const id = `srv_${servers}`;
    const facts = {
      client_certificate_expires_at: ends.client?.toISOString(),
      server_certificate_expires_at: ends.server?.toISOString(),
    };
    await database.db
      .insertInto('server')
      .values({
        id: id as never,
        name: `ws-${servers}`,
        hostname: `10.0.0.${servers}`,
        docker_port: 2376,
        total_cpu: 1,
        total_memory_mb: 1,
        total_disk_gb: 1,
        facts: JSON.stringify(facts),
        enrolled_at,
      })
      .execute();
  }
  const takeMails = async () =>
    (await database.db.deleteFrom('mail').returning(['recipient', 'template', 'sealed']).execute()).map(
      ({ recipient, template, sealed }) => ({
        recipient,
        template,
        letter: seal.open(sealed ?? Buffer.alloc(0)),
      }),
    );

  it('are told to admins once at each stage, in one mail, whichever process looks', async () => {
    const now = Date.now();
    const end = new Date(now + 20 * DAY_MS);
    await server({ client: end, server: end });
    await server({ client: new Date(now + 900 * DAY_MS), server: end }, new Date());
    const at = (daysBefore: number) => new Date(end.getTime() - daysBefore * DAY_MS);
    expect(await mails.tell(at(14.01))).toBe(0);
    expect(await takeMails()).toEqual([]);

    const told = await Promise.all(Array.from({ length: 4 }, () => mails.tell(at(14))));
    expect(told.reduce((sum, count) => sum + count)).toBe(3);
    const first = await takeMails();
    expect(new Set(first.map(({ recipient }) => recipient))).toEqual(new Set([ADMIN.email]));
    const text = first.map(({ letter }) => letter?.text).join('\n');
    const date = end.toISOString().slice(0, 10);
    expect(text).toContain(`ws-1: the certificate that Podex shows to it expires on ${date}. Put a new one`);
    expect(text).toContain(`ws-1: its certificate expires on ${date}. Renew it on the server and restart`);
    expect(text).toContain(`ws-2: its certificate expires on ${date}. Renew it: podex servers renew ws-2`);
    expect(text).toContain('https://podex.example.com/servers');

    // Long after the outbox has forgotten.
    for (const days of [13, 7, 3.01]) expect(await mails.tell(at(days))).toBe(0);
    expect(await mails.tell(at(3))).toBe(3);
    expect(await mails.tell(at(1))).toBe(0);
    expect(await mails.tell(at(0))).toBe(3);
    expect(await mails.tell(at(-30))).toBe(0);
    const later = await takeMails();
    expect(later.map(({ template }) => template)).toEqual(['certificate', 'certificate']);
    expect(later[1]?.letter?.text).toContain(`ws-2: its certificate expired on ${date}`);
    expect(later[0]?.letter?.subject).toBe('3 certificates of servers are about to end');
  });

  it('are told again of a new certificate, and not of what is long past its server', async () => {
    const now = Date.now();
    await database.db.deleteFrom('server').execute();
    await server({ server: new Date(now + 2 * DAY_MS) });
    await server({});
    expect(await mails.tell(new Date(now))).toBe(1);
    const facts = JSON.stringify({
      server_certificate_expires_at: new Date(now + 10 * DAY_MS).toISOString(),
    });
    await database.db.updateTable('server').set({ facts }).where('name', '=', 'ws-3').execute();
    expect(await mails.tell(new Date(now))).toBe(1);
    await database.db.deleteFrom('server').execute();
    expect(await mails.tell(new Date(now))).toBe(0);
  });
});
