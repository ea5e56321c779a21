import { Background } from '@podex/service-kit/background';
import { createLogger } from '@podex/service-kit/logger';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMail } from '../../../../tests/doubles/smtp/read-mail.ts';
import { SmtpDouble } from '../../../../tests/doubles/smtp/smtp-double.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { InProcessBus } from '../bus/in-process-bus.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { Wakeups } from '../events/wakeup.ts';
import { parseMailAddress, parseMailServer } from '../network/mail-server.ts';
import { createLogDelivery, createSmtpDelivery, type Deliver } from './delivery.ts';
import { MailSender, type SendingPace } from './mail-sender.ts';
import { Outbox } from './outbox.ts';
import { LetterSeal } from './seal.ts';
import { invitationMail, type Mail, newSignInMail, resetMail } from './templates.ts';

const postgres = setUpPostgres();
const FAST: SendingPace = {
  deadlineMs: 2_000,
  leaseMs: 4_000,
  firstPauseMs: 30,
  maxPauseMs: 100,
  attemptsMax: 1_000,
};
const FROM = 'Podex <podex@example.com>';
const LINK = 'https://podex.example.com/reset-password#token=a-secret-of-the-link';
const RESET = resetMail({ link: LINK });
const SECRET = 'a-session-secret-of-at-least-32-characters';

/** The senders and the outbox of one or several processes over one database. */
class Office {
  readonly database: Database;
  readonly bus = new InProcessBus();
  readonly seal = new LetterSeal(SECRET);
  readonly outbox = new Outbox({ seal: this.seal, logger: silentLogger });
  readonly transact: Transact;
  readonly #processes: Background[] = [];

  constructor(databaseUrl: string) {
    this.database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    this.transact = testTransact(this.database.db, this.bus);
  }

  start(deliver: Deliver, pace: Partial<SendingPace> = {}): Background {
    const background = new Background(silentLogger);
    this.#processes.push(background);
    new MailSender({
      db: this.database.db,
      wakeups: new Wakeups(this.bus, background.signal),
      seal: this.seal,
      deliver,
      logger: silentLogger,
      pace: { ...FAST, ...pace },
    }).start(background);
    return background;
  }

  post(to: string, mail: Mail = RESET, onceKey?: string): Promise<boolean> {
    return this.transact((work) => this.outbox.enqueue(work, to, mail, onceKey));
  }

  async statusOf(to: string): Promise<string[]> {
    const { db } = this.database;
    const rows = await db
      .selectFrom('mail')
      .select('status')
      .where('recipient', '=', to)
      .orderBy('id')
      .execute();
    return rows.map(({ status }) => status);
  }

  async close(): Promise<void> {
    for (const background of this.#processes) await background.stop();
    await this.database.close();
  }
}

function deliveryTo(url: string): Deliver {
  const [server, from] = [parseMailServer(url), parseMailAddress(FROM)];
  if (server === undefined || from === undefined) throw new Error(`not a mail server: ${url}`);
  return createSmtpDelivery({ server, from });
}

describe('the outbox', () => {
  let office: Office;
  let smtp: SmtpDouble;

  beforeEach(async () => {
    office = new Office(await postgres().createDatabase());
    smtp = await SmtpDouble.start();
  });
  afterEach(async () => {
    await office.close();
    await smtp.stop();
  });

  it('sends what a committed transaction wrote, and nothing of one that was rolled back', async () => {
    office.start(deliveryTo(smtp.url));
    const failed = office.transact(async (work) => {
      await office.outbox.enqueue(work, 'never@example.com', RESET);
      throw new Error('something else failed');
    });
    await expect(failed).rejects.toThrow('something else failed');
    await office.post('Ada@Example.com');
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['sent']);
    const [mail] = smtp.to('ada@example.com');
    const { headers, text, html } = readMail(mail?.raw ?? '');
    expect(mail?.from).toBe('podex@example.com');
    expect(headers.get('from')).toBe(FROM);
    expect(headers.get('subject')).toBe('Reset your password');
    expect(text).toContain(LINK);
    expect(html).toContain(`href="${LINK}"`);
    expect(smtp.mails).toHaveLength(1);
  });

  it('keeps no secret: sealed while it waits, gone once it is sent', async () => {
    await office.post('ada@example.com');
    const read = async () =>
      JSON.stringify(await office.database.db.selectFrom('mail').selectAll().execute());
    const dump = async () => {
      const { rows } = await sql<{ line: string }>`select encode(sealed, 'escape') as line from mail`.execute(
        office.database.db,
      );
      return rows.map(({ line }) => line).join('');
    };
    expect((await dump()).length).toBeGreaterThan(100);
    expect(`${await read()}${await dump()}`).not.toContain('a-secret-of-the-link');
    office.start(deliveryTo(smtp.url));
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['sent']);
    expect(JSON.parse(await read())).toEqual([expect.objectContaining({ sealed: null })]);
  });

  it('loses nothing while the server is down, and sends each mail once when it is back', async () => {
    const { port, url } = smtp;
    await smtp.stop();
    office.start(deliveryTo(url));
    const people = ['a@example.com', 'b@example.com', 'c@example.com'];
    for (const person of people) await office.post(person);
    await eventually(async () => {
      const { db } = office.database;
      const row = await db
        .selectFrom('mail')
        .select(sql<number>`min(attempts)`.as('tries'))
        .executeTakeFirst();
      return row?.tries;
    }).toBeGreaterThan(1);
    smtp = await SmtpDouble.start({ port });
    for (const person of people) await eventually(() => office.statusOf(person)).toEqual(['sent']);
    expect(smtp.mails.map(({ to }) => to).sort()).toEqual(people.map((person) => [person]));
  });

  it('tries again what is refused for now, and gives up what is refused for good', async () => {
    smtp.behaviours.rcpt = 451;
    office.start(deliveryTo(smtp.url));
    await office.post('later@example.com');
    await eventually(() => smtp.connections).toBeGreaterThan(2);
    expect(await office.statusOf('later@example.com')).toEqual(['waiting']);
    smtp.behaviours.rcpt = 'take';
    await eventually(() => office.statusOf('later@example.com')).toEqual(['sent']);
    smtp.behaviours.rcpt = 550;
    const before = smtp.connections;
    await office.post('nobody@example.com');
    await eventually(() => office.statusOf('nobody@example.com')).toEqual(['given_up']);
    expect(smtp.connections).toBe(before + 1);
    expect(smtp.to('later@example.com')).toHaveLength(1);
  });

  it('names a letter alike at every try, and no two letters alike, not even of two databases', async () => {
    const idsTo = (address: string) =>
      smtp.to(address).map(({ raw }) => readMail(raw).headers.get('message-id'));
    office.start(deliveryTo(smtp.url));
    smtp.behaviours.data = 'drop';
    await office.post('twice@example.com');
    await eventually(() => idsTo('twice@example.com').length).toBeGreaterThan(1);
    smtp.behaviours.data = 'take';
    await eventually(() => office.statusOf('twice@example.com')).toEqual(['sent']);
    const [first, ...others] = idsTo('twice@example.com');
    expect(first).toMatch(/^<podex-mail-\S+@example\.com>$/);
    expect(others.filter((id) => id !== first)).toEqual([]);

    await office.close();
    office = new Office(await postgres().createDatabase());
    office.start(deliveryTo(smtp.url));
    await office.post('twice@example.com');
    await eventually(() => office.statusOf('twice@example.com')).toEqual(['sent']);
    expect(idsTo('twice@example.com').at(-1)).not.toBe(first);
  });

  it('is not held up by a server that hangs', async () => {
    smtp.behaviours.data = 'hang';
    office.start(deliveryTo(smtp.url), { deadlineMs: 200 });
    await office.post('ada@example.com');
    await eventually(() => smtp.connections).toBeGreaterThan(1);
    smtp.behaviours.data = 'take';
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['sent']);
    expect(smtp.to('ada@example.com')).toHaveLength(1);
  });

  it('gives up after its last try, and when it is too late for what it says', async () => {
    smtp.behaviours.greeting = 421;
    office.start(deliveryTo(smtp.url), { attemptsMax: 3 });
    await office.post('ada@example.com');
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['given_up']);
    expect(smtp.connections).toBe(3);
    smtp.behaviours.greeting = 'take';
    await office.post('late@example.com', { ...RESET, goodForMs: 0 });
    await eventually(() => office.statusOf('late@example.com')).toEqual(['given_up']);
    expect(smtp.mails).toEqual([]);
  });

  it('sends each mail once, however many processes send', async () => {
    const people = Array.from({ length: 40 }, (_, index) => `person-${index}@example.com`);
    for (const person of people) await office.post(person);
    for (let index = 0; index < 4; index += 1) office.start(deliveryTo(smtp.url));
    await eventually(async () => {
      const rows = await office.database.db.selectFrom('mail').select('status').execute();
      return new Set(rows.map(({ status }) => status));
    }).toEqual(new Set(['sent']));
    expect(smtp.mails.map(({ to }) => to[0]).sort()).toEqual([...people].sort());
  });

  it('goes on with what a process that died had taken', async () => {
    await office.post('ada@example.com');
    const dying: Deliver = () => new Promise(() => undefined);
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    const background = new Background(silentLogger);
    new MailSender({
      db: office.database.db,
      wakeups: new Wakeups(office.bus, background.signal),
      seal: office.seal,
      deliver: (...given) => {
        resolve();
        return dying(...given);
      },
      logger: silentLogger,
      pace: { ...FAST, leaseMs: 300 },
    }).start(background);
    await taken;
    office.start(deliveryTo(smtp.url));
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['sent']);
    expect(smtp.to('ada@example.com')).toHaveLength(1);
  });

  it('fills nobody’s mailbox, and tells once what is told once', async () => {
    const taken: boolean[] = [];
    for (let index = 0; index < 8; index += 1) taken.push(await office.post('ada@example.com'));
    expect(taken).toEqual([true, true, true, true, true, true, false, false]);
    expect(await office.post('bob@example.com')).toBe(true);
    const facts = { at: new Date(), address: '127.0.0.1', userAgent: 'x', page: 'https://podex.example.com' };
    // One kind does not use up another: a flood of resets hides no warning.
    expect(await office.post('ada@example.com', newSignInMail(facts))).toBe(true);
    expect(await office.post('ada@example.com', newSignInMail(facts), 'once')).toBe(true);
    expect(await office.post('ada@example.com', newSignInMail(facts), 'once')).toBe(false);
  });

  it('logs in to the server, and waits while the password is wrong', async () => {
    await smtp.stop();
    smtp = await SmtpDouble.start({ login: { user: 'podex', password: 'right' } });
    const wrong = office.start(deliveryTo(smtp.url.replace('right', 'wrong')));
    await office.post('ada@example.com');
    await eventually(() => smtp.connections).toBeGreaterThan(2);
    expect(await office.statusOf('ada@example.com')).toEqual(['waiting']);
    await wrong.stop();
    office.start(deliveryTo(smtp.url));
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['sent']);
    expect(smtp.mails[0]?.login).toEqual({ user: 'podex', password: 'right' });
  });

  it('shows its password to no server of the network in the clear', async () => {
    const far = await SmtpDouble.start({ host: '127.0.0.2', login: { user: 'podex', password: 'right' } });
    try {
      office.start(deliveryTo(far.url));
      await office.post('ada@example.com');
      await eventually(() => far.connections).toBeGreaterThan(2);
      expect([far.logins, far.mails]).toEqual([0, []]);
      expect(await office.statusOf('ada@example.com')).toEqual(['waiting']);
    } finally {
      await far.stop();
    }
  });

  it('gives up what was sealed with another secret', async () => {
    const other = new Outbox({ seal: new LetterSeal(`${SECRET}-of-before`), logger: silentLogger });
    await office.transact((work) => other.enqueue(work, 'ada@example.com', RESET));
    office.start(deliveryTo(smtp.url));
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['given_up']);
    expect(smtp.connections).toBe(0);
  });

  it('takes names as text: they add no header, no recipient and no markup', async () => {
    office.start(deliveryTo(smtp.url));
    const evil =
      '<img src=x onerror=alert(1)>\r\nBcc: thief@example.com\r\n\r\n.\r\nMAIL FROM:<x@example.com>';
    const link = 'https://podex.example.com/invitation#token="><script>alert(1)</script>';
    const expiresAt = new Date(Date.now() + 60_000);
    await office.post('ada@example.com', invitationMail({ invitedBy: evil, link, expiresAt }));
    await eventually(() => office.statusOf('ada@example.com')).toEqual(['sent']);
    expect(smtp.mails).toHaveLength(1);
    const [mail] = smtp.mails;
    const { headers, text, html } = readMail(mail?.raw ?? '');
    expect(mail?.to).toEqual(['ada@example.com']);
    expect([...headers.keys()]).not.toContain('bcc');
    expect(headers.get('to')).toBe('ada@example.com');
    expect(headers.get('subject')).toContain('Bcc: thief@example.com');
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(text).toContain(link);
  });

  it('refuses a recipient that would add a command', async () => {
    office.start(deliveryTo(smtp.url), { attemptsMax: 2 });
    const evil = 'ada@example.com>\r\nrcpt to:<thief@example.com';
    await office.post(evil);
    await eventually(async () => (await office.statusOf(evil))[0]).not.toBe('waiting');
    expect(smtp.mails.flatMap(({ to }) => to)).not.toContain('thief@example.com');
  });

  it('writes mail into the log where there is no server', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ service: 'test', level: 'info', destination });
    office.start(createLogDelivery(logger));
    await office.post('ada@example.com');
    await eventually(() => lines.length).toBe(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'mail.logged', to: 'ada@example.com' });
    expect(lines[0]).toContain(LINK);
  });
});
