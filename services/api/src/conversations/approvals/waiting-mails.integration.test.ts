import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';
import { testTransact } from '../../../testing/test-transact.ts';
import { connectDatabase, type Database } from '../../database/connect.ts';
import { Outbox } from '../../mail/outbox.ts';
import { LetterSeal } from '../../mail/seal.ts';
import { WaitingMails } from './waiting-mails.ts';

describe('an approval that nobody answers', () => {
  // Without mail of its own, so that nothing but this test sends.
  const api = setUpApi(() => ({ variables: { ENVIRONMENT: 'production' } }));
  const seal = new LetterSeal('a-session-secret-of-at-least-32-characters');
  let database: Database;
  beforeAll(() => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
  });
  afterAll(() => database.close());

  const mailsOf = (settings: object = {}) =>
    new WaitingMails({
      db: database.db,
      transact: testTransact(database.db),
      outbox: new Outbox({ seal, logger: silentLogger }),
      settings: { values: { ...DEFAULT_SETTINGS, ...settings } },
      frontendOrigin: 'https://podex.example.com',
    });

  it('is told to the owner of the workspace by mail, after ten minutes and once', async () => {
    const user = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'shop' } });
    const conversation = await TestConversation.begin(api(), user, made.body.id);
    await conversation.say('do it');
    const worker = new AgentWorker(api());
    const turn = await worker.claim();
    const call = await worker.startToolStep(turn);
    const id = await worker.requestApproval(turn, { ...call, firstIndex: 2 });
    const waitedFor = (minutes: number) =>
      database.db
        .updateTable('approval')
        .set({ created_at: sql<Date>`now() - make_interval(mins => ${minutes})` })
        .where('id', '=', id)
        .execute();

    await waitedFor(9);
    expect(await mailsOf().tell()).toBe(0);
    await waitedFor(11);
    expect(await mailsOf({ mail_on_waiting_approval: false }).tell()).toBe(0);
    const told = await Promise.all([mailsOf().tell(), mailsOf().tell(), mailsOf().tell()]);
    expect(told.reduce((sum, written) => sum + written, 0)).toBe(1);
    expect(await mailsOf().tell()).toBe(0);
    const mails = await database.db.selectFrom('mail').select(['recipient', 'template', 'sealed']).execute();
    expect(mails).toMatchObject([{ recipient: user.email, template: 'waiting_approval' }]);
    const letter = seal.open(mails[0]?.sealed ?? Buffer.alloc(0));
    expect(letter?.subject).toBe('Approval needed in shop');
    expect(letter?.text).toContain(`https://podex.example.com/workspaces/${made.body.id}`);
  });

  it('is not told once it was answered', async () => {
    await sql`update approval set status = 'denied', resolved_at = now()`.execute(database.db);
    await database.db.deleteFrom('mail').execute();
    expect(await mailsOf().tell()).toBe(0);
  });
});
