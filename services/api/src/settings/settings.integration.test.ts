import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { ADMIN, TestApi } from '../../testing/test-api.ts';
import { InProcessBus } from '../bus/in-process-bus.ts';

const postgres = setUpPostgres();
const SETTINGS = '/api/admin/settings';

describe('settings', () => {
  it('apply at once, in every process, and outlast a restart', async () => {
    const databaseUrl = await postgres().createDatabase();
    const bus = new InProcessBus();
    const first = await TestApi.start({ databaseUrl, bus });
    const second = await TestApi.start({ databaseUrl, bus });
    const admin = await first.signInAdmin();
    const before = await second.ask('GET', SETTINGS, { as: admin });
    expect(before.body).toEqual({ values: { ...DEFAULT_SETTINGS, registration: 'open' }, changes: [] });

    const body = { registration: 'closed', allowed_images: ['debian:12'], max_workspaces_per_user: 3 };
    const changed = await first.ask('PATCH', SETTINGS, { as: admin, body });
    expect(changed).toMatchObject({ status: 200, body: { values: body } });
    expect(changed.body.changes).toHaveLength(3);
    expect(changed.body.changes[0]).toMatchObject({ key: 'allowed_images', updated_by: ADMIN.email });
    await eventually(async () => {
      expect((await second.ask('GET', '/api/registration')).body.mode).toBe('closed');
    });
    await first.stop();
    await second.stop();

    const third = await TestApi.start({ databaseUrl });
    try {
      expect((await third.ask('GET', '/api/registration')).body).toEqual({
        mode: 'closed',
        providers: [],
        mail: false,
      });
      const reset = await third.ask('PATCH', SETTINGS, { as: admin, body: { registration: null } });
      expect(reset.body.values.registration).toBe('open');
    } finally {
      await third.stop();
    }
  });

  it('are refused as a whole when one is wrong, by name', async () => {
    const api = await TestApi.start({ databaseUrl: await postgres().createDatabase() });
    try {
      const admin = await api.signInAdmin();
      const change = (body: object) => api.ask('PATCH', SETTINGS, { as: admin, body });
      for (const [wrong, name] of [
        [{ registration: 'anyone' }, 'registration'],
        [{ max_workspaces_per_user: 0 }, 'max_workspaces_per_user'],
        [{ max_workspaces_per_user: '7' }, 'max_workspaces_per_user'],
        [{ allowed_images: ['*'] }, 'allowed_images'],
        [{ allowed_images: ['127.0.0.1:5000/*'] }, 'allowed_images'],
        [{ registration_domains: ['not a domain'] }, 'registration_domains'],
        [{ no_such_setting: 1 }, 'no_such_setting'],
      ] as const) {
        const refused = await change({ max_tokens_per_user: 7, ...wrong });
        expect([name, refused.status, refused.body.error.code]).toEqual([name, 400, 'invalid_request']);
        expect(JSON.stringify(refused.body.error.context.issues)).toContain(name);
      }
      expect((await api.ask('GET', SETTINGS, { as: admin })).body.changes).toEqual([]);
      const tidied = await change({ registration_domains: [' Example.COM '] });
      expect(tidied.body.values.registration_domains).toEqual(['example.com']);
    } finally {
      await api.stop();
    }
  });
});
