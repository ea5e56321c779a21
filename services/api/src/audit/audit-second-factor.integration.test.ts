import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../../testing/authenticator.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { TestBrowser } from '../../testing/test-browser.ts';
import { secretOf } from '../../testing/totp-uri.ts';
import { codeAt } from '../accounts/totp.ts';
import { connectDatabase } from '../database/connect.ts';

describe('the audit log of a second factor', () => {
  const api = setUpApi();
  let admin: TestUser;

  beforeAll(async () => {
    admin = await api().signInAdmin();
  });

  const actionsSince = async (seq: number) => {
    const { body } = await api().ask('GET', '/api/admin/audit?limit=200', { as: admin });
    const entries: { seq: number; action: string; result: string; target: { id: string } | null }[] =
      body.items;
    return entries.filter((entry) => entry.seq > seq).reverse();
  };
  const end = async () => (await actionsSince(0)).at(-1)?.seq ?? 0;
  const told = async (seq: number) =>
    (await actionsSince(seq)).map(({ action, result }) => `${action} ${result}`);
  const wrongCode = (code: string) => (code === '000000' ? '000001' : '000000');
  async function forgetSteps(userId: string): Promise<void> {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await sql`update two_factor set last_used_step = 0 where user_id = ${userId}`.execute(database.db);
  }

  it('tells of a sign-in only after the code, and of every wrong one', async () => {
    const user = await api().signUp();
    const browser = new TestBrowser(api());
    await browser.signIn(user.email);
    let start = await end();
    await browser.post('/two-factor/enable', { password: 'a-wrong-guess' });
    const enabled = await browser.post('/two-factor/enable', { password: PASSWORD });
    const secret = secretOf(enabled.body.totpURI);
    const code = () => codeAt(secret, Date.now());
    await browser.post('/two-factor/verify-totp', { code: wrongCode(code()) });
    expect((await browser.post('/two-factor/verify-totp', { code: code() })).status).toBe(200);
    expect(await told(start)).toEqual(['mfa.enabled failed', 'mfa.failed failed', 'mfa.enabled succeeded']);

    const other = new TestBrowser(api());
    start = await end();
    expect((await other.signIn(user.email)).body.twoFactorRedirect).toBe(true);
    expect(await told(start)).toEqual([]);
    await forgetSteps(user.id);
    await other.post('/two-factor/verify-totp', { code: wrongCode(code()) });
    await other.post('/two-factor/verify-backup-code', { code: 'aaaaa-aaaaa' });
    expect((await other.post('/two-factor/verify-totp', { code: code() })).status).toBe(200);
    const entries = await actionsSince(start);
    expect(entries.map(({ action }) => action)).toEqual(['mfa.failed', 'mfa.failed', 'sign_in.succeeded']);
    expect(entries.every(({ target }) => target?.id === user.id)).toBe(true);
    expect(entries.at(-1)).toMatchObject({ details: { method: 'second_factor' } });

    const third = new TestBrowser(api());
    await third.signIn(user.email);
    start = await end();
    const recovered = await third.post('/two-factor/verify-backup-code', {
      code: enabled.body.backupCodes[0],
    });
    expect(recovered.status).toBe(200);
    await third.post('/two-factor/generate-backup-codes', { password: PASSWORD });
    await third.post('/two-factor/disable', { password: PASSWORD, code: 'aaaaa-aaaaa' });
    await forgetSteps(user.id);
    const off = await third.post('/two-factor/disable', { password: PASSWORD, code: code() });
    expect(off.status).toBe(200);
    expect(await told(start)).toEqual([
      'mfa.recovery_code_used succeeded',
      'sign_in.succeeded succeeded',
      'mfa.backup_codes_created succeeded',
      'mfa.failed failed',
      'mfa.disabled succeeded',
    ]);
  });

  it('tells of passkeys: added, used, named, removed', async () => {
    const user = await api().signUp();
    const browser = new TestBrowser(api());
    await browser.signIn(user.email);
    const ceremony = { origin: PAGE_ORIGIN, rpId: new URL(PAGE_ORIGIN).hostname };
    const authenticator = new Authenticator();
    const start = await end();
    const options = await browser.ask('GET', '/api/auth/passkey/generate-register-options');
    const made = await browser.post('/passkey/verify-registration', {
      response: authenticator.create(options.body.challenge, ceremony),
      name: 'Laptop',
    });
    expect(made.status).toBe(200);
    const other = new TestBrowser(api());
    for (const origin of ['https://evil.example', PAGE_ORIGIN]) {
      const asked = await other.ask('GET', '/api/auth/passkey/generate-authenticate-options');
      const response = authenticator.get(asked.body.challenge, { ...ceremony, origin });
      await other.post('/passkey/verify-authentication', { response });
    }
    const { id } = made.body;
    await browser.post('/passkey/update-passkey', { id, name: 'Old laptop' });
    expect((await browser.post('/passkey/delete-passkey', { id })).status).toBe(200);
    const entries = await actionsSince(start);
    expect(entries.map(({ action }) => action)).toEqual([
      'passkey.added',
      'sign_in.failed',
      'sign_in.succeeded',
      'passkey.changed',
      'passkey.removed',
    ]);
    expect(entries[0]).toMatchObject({ actor: { id: user.id }, target: { id, name: 'Laptop' } });
    expect(entries[2]).toMatchObject({ actor: { id: user.id }, details: { method: 'passkey' } });
    expect(entries[4]).toMatchObject({ target: { kind: 'passkey', id } });
  });
});
