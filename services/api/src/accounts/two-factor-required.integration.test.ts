import { expect, it } from 'vitest';
import { setUpApi } from '../../testing/set-up.ts';
import { ADMIN, PASSWORD } from '../../testing/test-api.ts';
import { TestBrowser } from '../../testing/test-browser.ts';
import { secretOf } from '../../testing/totp-uri.ts';
import { codeAt } from './totp.ts';

const api = setUpApi();

async function setUp(browser: TestBrowser, password: string): Promise<void> {
  const enabled = await browser.post('/two-factor/enable', { password });
  const code = codeAt(secretOf(enabled.body.totpURI), Date.now());
  expect((await browser.post('/two-factor/verify-totp', { code })).status).toBe(200);
}

it('two-factor authentication can be required of nobody, of admins and of everyone', async () => {
  const user = await api().signUp();
  const [browser, admin] = [new TestBrowser(api()), new TestBrowser(api())];
  await browser.signIn(user.email);
  await admin.signIn(ADMIN.email, ADMIN.password);
  const requireOf = (who: string) => admin.ask('PATCH', '/api/admin/settings', { require_two_factor: who });
  const list = (asker: TestBrowser) => asker.ask('GET', '/api/workspaces');

  expect([(await list(browser)).status, (await list(admin)).status]).toEqual([200, 200]);
  expect((await requireOf('admins')).status).toBe(200);
  expect((await list(browser)).status).toBe(200);
  expect((await list(admin)).body.error).toMatchObject({
    code: 'two_factor_required',
    message: expect.stringContaining('account page'),
  });
  expect((await requireOf('nobody')).body.error.code).toBe('two_factor_required');
  expect((await admin.ask('GET', '/api/me')).body).toMatchObject({
    two_factor: false,
    two_factor_required: true,
  });
  await setUp(admin, ADMIN.password);
  expect((await list(admin)).status).toBe(200);

  expect((await requireOf('everyone')).status).toBe(200);
  // Whatever they come with.
  for (const answer of [await list(browser), await api().ask('GET', '/api/workspaces', { as: user })])
    expect([answer.status, answer.body.error.code]).toEqual([403, 'two_factor_required']);
  const token = await api().ask('POST', '/api/tokens', { as: user, body: { name: 'one' } });
  expect(token.body.error.code).toBe('two_factor_required');
  expect((await api().ask('GET', '/api/tokens', { as: user })).status).toBe(200);
  expect((await browser.ask('GET', '/api/me')).body.two_factor_required).toBe(true);
  await setUp(browser, PASSWORD);
  expect((await list(browser)).status).toBe(200);
  expect((await api().ask('GET', '/api/workspaces', { as: user })).status).toBe(200);
  expect((await browser.ask('GET', '/api/me')).body).toMatchObject({
    two_factor: true,
    two_factor_required: false,
  });
});
