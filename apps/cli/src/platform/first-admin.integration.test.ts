import path from 'node:path';
import { expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import { ADMIN, PAGE_ORIGIN } from '../../../../services/api/testing/test-api.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { podexHome } from '../state/podex-home.ts';
import { openSecrets } from '../state/secrets.ts';
import { keepFirstAdmin, readFirstAdmin } from './first-admin.ts';

const api = setUpApi();

it('the sign-in of podex up finds out whether the password is right, and leaves no session', async () => {
  const as = await api().signInAdmin();
  const list = async () => (await api().ask('GET', '/api/sessions', { as })).body.items;
  const before = await list();
  const home = podexHome(temporaryFolder('first-admin'));
  const secrets = await openSecrets(path.join(home.directory, 'secrets.json'));
  const port = Number(new URL(api().baseUrl).port);
  const facts = (password: string) => ({
    home,
    host: '127.0.0.1',
    ports: { api: port, web: port, agent: port, compute: port },
    operator: { FRONTEND_URL: PAGE_ORIGIN },
    secrets: { ...secrets, admin_email: ADMIN.email, admin_password: password },
  });
  const { signal } = new AbortController();
  expect(await keepFirstAdmin(facts('another-password'), signal)).toBeUndefined();
  expect(await keepFirstAdmin(facts(ADMIN.password), signal)).toEqual(ADMIN);
  expect(await readFirstAdmin(home)).toEqual(ADMIN);
  expect(await list()).toEqual(before);
  const told = await api().ask('GET', '/api/admin/audit?action=sign_in.succeeded&limit=1', { as });
  expect(told.body.items).toMatchObject([{ user_agent: 'podex up' }]);
});
