import { type Kysely, sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { SESSION_SECRET } from '../../testing/test-api.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import type { DB } from '../database/generated/rows.ts';
import { createTransact, type Transact } from '../database/transact.ts';
import { appendAudit, SYSTEM } from './append-audit.ts';
import { hashEntry } from './audit-chain.ts';
import { AuditLog } from './audit-log.ts';
import { AuditSeal } from './audit-seal.ts';
import { findHash, findHead, listChain } from './audit-store.ts';
import { verifyLog } from './audit-verification.ts';

const postgres = setUpPostgres();
const AT_ONCE = 50;
const ENTRIES = 6;

describe('the chain of the audit log', () => {
  let database: Database;
  let db: Kysely<DB>;
  let transact: Transact;
  const seal = new AuditSeal(SESSION_SECRET);
  const log = new AuditLog({ seal, logger: silentLogger });

  beforeEach(async () => {
    database = connectDatabase({ url: await postgres().createDatabase(), logger: silentLogger });
    ({ db } = database);
    transact = transactWith(log);
    await log.begin(db, transact);
    return () => database.close();
  });

  const transactWith = (audit: AuditLog) =>
    createTransact({
      db,
      bus: { publish: () => undefined },
      writeAudit: (tx, records) => audit.write(tx, records),
    });
  const append = (name: string, by = transact) =>
    by(async (work) =>
      appendAudit(work, SYSTEM, { action: 'server.changed', target: { kind: 'server', name } }),
    );
  async function fill(): Promise<void> {
    for (let index = 2; index <= ENTRIES; index += 1) await append(`server ${index}`);
  }
  const verify = (earlier?: { seq: number; hash: string }) => verifyLog(db, seal, earlier);
  /** As somebody who owns the database does it. */
  async function tamper(...statements: ReturnType<typeof sql>[]): Promise<void> {
    await db.connection().execute(async (one) => {
      await sql`set session_replication_role = replica`.execute(one);
      for (const statement of statements) await statement.execute(one);
      await sql`set session_replication_role = origin`.execute(one);
    });
  }
  /** A whole new chain from this entry on, as good as one can make it without the key. */
  async function computeAgain(from: number): Promise<void> {
    let previous = (await findHash(db, from - 1)) ?? Buffer.alloc(32);
    for (const row of await listChain(db, { after: from - 1, limit: 100 })) {
      previous = hashEntry(previous, row);
      await tamper(sql`update audit_entry set hash = ${previous} where seq = ${row.seq}`);
    }
    await tamper(sql`update audit_head set last_hash = ${previous}`);
  }

  it('is intact as it was written, and says where it ends', async () => {
    await fill();
    const head = await findHead(db);
    expect(await verify()).toEqual({
      intact: true,
      entries: ENTRIES,
      first_seq: 1,
      last_seq: ENTRIES,
      last_hash: head.last_hash.toString('hex'),
      problem: null,
      resealed: [],
    });
  });

  it('has no gap and no deadlock when many transactions that hold other locks append at once', async () => {
    await sql`insert into topic (name) select 'topic-' || n from generate_series(0, 4) n`.execute(db);
    let runs = 0;
    const one = (index: number) =>
      transact(async (work) => {
        runs += 1;
        // Noted first and between the locks: it is written after all of them.
        appendAudit(work, SYSTEM, { action: 'server.changed', details: { index } });
        for (const step of [0, 1, 2]) {
          const name = `topic-${Math.floor(index / 10) + step - (index >= 30 ? 2 : 0)}`;
          await sql`update topic set last_seq = last_seq + 1 where name = ${name}`.execute(work.tx);
          appendAudit(work, SYSTEM, { action: 'server.changed', details: { index, step } });
        }
        if (index % 10 === 9) throw new Error('rolled back');
      });
    const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, (_, index) => one(index)));
    expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    expect(runs).toBe(AT_ONCE);
    const rows = await listChain(db, { after: 0, limit: 1_000 });
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 1 + 45 * 4 }, (_, index) => index + 1));
    const times = rows.map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(await verify()).toMatchObject({ intact: true, entries: 181 });
  });

  it('holds no entry of a transaction that was rolled back', async () => {
    const failing = transact(async (work) => {
      appendAudit(work, SYSTEM, { action: 'server.changed' });
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect((await findHead(db)).last_seq).toBe(1);
  });

  it('keeps what PostgreSQL cannot hold, and what is too long, in a form that verifies', async () => {
    await transact(async (work) =>
      appendAudit(
        work,
        { actor: undefined, source: { address: '::1', userAgent: `a\0b\ud800${'x'.repeat(2_000)}` } },
        {
          action: 'sign_in.failed',
          target: { kind: 'user', name: '😀'.repeat(200) },
          details: { b: 'x\0y', a: ['\udc00'], long: 'y'.repeat(5_000), n: 1.5 },
        },
      ),
    );
    expect(await verify()).toMatchObject({ intact: true });
    const [row] = await listChain(db, { after: 1, limit: 1 });
    expect(row?.user_agent).toHaveLength(512);
    expect(row?.details.b).toBe('x\ufffdy');
  });

  it.each([
    [
      'an entry is changed',
      3,
      'entry_changed',
      sql`update audit_entry set actor_email = 'other@x.com' where seq = 3`,
    ],
    [
      'its time is changed',
      3,
      'entry_changed',
      sql`update audit_entry set at = at + interval '1 ms' where seq = 3`,
    ],
    [
      'its details are changed',
      3,
      'entry_changed',
      sql`update audit_entry set details = '{"a":1}' where seq = 3`,
    ],
    ['one in the middle is deleted', 4, 'entry_missing', sql`delete from audit_entry where seq = 4`],
    ['the first is deleted', 1, 'entry_missing', sql`delete from audit_entry where seq = 1`],
    ['the last is deleted', 6, 'end_missing', sql`delete from audit_entry where seq = 6`],
    ['all are deleted', 1, 'end_missing', sql`delete from audit_entry`],
    [
      'two change places',
      2,
      'entry_changed',
      sql`update audit_entry set seq = case seq when 2 then 1003 else 1002 end where seq in (2, 3);
          update audit_entry set seq = seq - 1000 where seq > 1000`,
    ],
    [
      'one is added at the end',
      7,
      'entry_foreign',
      sql`create temp table copied as select * from audit_entry where seq = 6;
          update copied set seq = 7;
          insert into audit_entry select * from copied`,
    ],
  ])('shows it when %s', async (_what, seq, kind, statement) => {
    await fill();
    await tamper(statement);
    expect(await verify()).toMatchObject({ intact: false, problem: { seq, kind } });
  });

  it('shows it when the chain was computed again without the key, also after it went on', async () => {
    await fill();
    const noted = await verify();
    await tamper(sql`update audit_entry set actor_email = 'other@x.com' where seq = 3`);
    await computeAgain(3);
    expect(await verify()).toMatchObject({ intact: false, problem: { seq: 6, kind: 'seal_broken' } });
    await append('the next one');
    expect(await verify()).toMatchObject({ intact: false, problem: { seq: 7, kind: 'sealed_over' } });
    const note = { seq: noted.last_seq, hash: noted.last_hash };
    expect(await verify(note)).toMatchObject({ intact: false, problem: { seq: 6, kind: 'note_differs' } });
  });

  it('shows it when its end is cut off with the head, or everything is', async () => {
    await fill();
    await append('what somebody wants to hide');
    const noted = await verify();
    await tamper(
      sql`delete from audit_entry where seq > 5`,
      sql`update audit_head set last_seq = 5, last_hash = (select hash from audit_entry where seq = 5)`,
    );
    expect(await verify()).toMatchObject({ intact: false, problem: { seq: 5, kind: 'seal_broken' } });

    await tamper(
      sql`update audit_head set last_seq = 0, seal = null, last_hash = decode(repeat('00', 32), 'hex')`,
      sql`delete from audit_entry`,
    );
    expect(await verify()).toMatchObject({ intact: false, problem: { kind: 'seal_broken' } });
    const note = { seq: noted.last_seq, hash: noted.last_hash };
    expect(await verify(note)).toMatchObject({ intact: false, problem: { kind: 'end_missing' } });
  });

  it('goes on under another key, and says since when', async () => {
    await fill();
    const otherSeal = new AuditSeal('another-secret-of-at-least-32-characters');
    expect(await verifyLog(db, otherSeal, undefined)).toMatchObject({ problem: { kind: 'seal_broken' } });
    await append('one more', transactWith(new AuditLog({ seal: otherSeal, logger: silentLogger })));
    expect(await verifyLog(db, otherSeal, undefined)).toMatchObject({
      intact: true,
      last_seq: ENTRIES + 2,
      resealed: [ENTRIES + 1],
    });
  });

  it('is append-only in the database, too', async () => {
    await fill();
    for (const statement of [
      sql`update audit_entry set actor_email = 'other@x.com' where seq = 3`,
      sql`delete from audit_entry where seq = 1`,
      sql`delete from audit_entry`,
      sql`truncate audit_entry`,
      sql`delete from audit_head`,
      sql`update audit_head set last_seq = 2`,
    ]) {
      await expect(statement.execute(db)).rejects.toThrow(/audit log/);
    }
    expect(await verify()).toMatchObject({ intact: true, entries: ENTRIES });
  });

  it('loses its oldest entries to retention, alone, and stays whole', async () => {
    await fill();
    await tamper(sql`update audit_entry set at = at - interval '40 days' where seq <= 3`);
    await computeAgain(1);
    await tamper(sql`update audit_head set seal = ${seal.sealOf(await findHead(db))}`);
    expect(await verify()).toMatchObject({ intact: true });

    expect(await log.prune(transact, 41)).toBe(false);
    expect((await findHead(db)).removed_seq).toBe(0);
    await log.prune(transact, 30);
    expect(await verify()).toMatchObject({ intact: true, entries: 4, first_seq: 4, last_seq: 7 });
    const [pruned] = await listChain(db, { after: 6, limit: 1 });
    expect(pruned).toMatchObject({ action: 'audit.pruned', details: { first_seq: 1, last_seq: 3 } });

    await tamper(sql`delete from audit_entry where seq = 4`);
    expect(await verify()).toMatchObject({ intact: false, problem: { seq: 4, kind: 'entry_missing' } });
    await tamper(
      sql`update audit_head set removed_seq = 4`,
      sql`update audit_head set removed_hash = (select hash from audit_entry where seq = 5)`,
    );
    expect(await verify()).toMatchObject({ intact: false });
    await expect(verify({ seq: 2, hash: '0'.repeat(64) })).rejects.toThrow('removed by retention');
  });
});
