import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

/** What a person may type by mistake, or on purpose. Registrations of servers have such a list of their own. */
describe('a workspace that cannot be', () => {
  const api = setUpApi();
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
  });

  it.each([
    [{ size: 'huge' }, 400, 'size'],
    [{ size: '0' }, 400, 'size'],
    [{ image: 'no such image!' }, 400, 'image'],
    [{ image: '../../etc/passwd' }, 400, 'image'],
    [{ image: 'debian:12' }, 403, 'image_not_allowed'],
    [{ name: '../../etc' }, 400, 'name'],
    [{ name: 'a/b' }, 400, 'name'],
    [{ name: 'a\u0007b' }, 400, 'name'],
    [{ name: 'shop\u202egpj.exe' }, 400, 'name'],
    [{ name: 'sh\u200bop' }, 400, 'name'],
    [{ name: '\u0301shop' }, 400, 'name'],
    [{ git_url: 'file:///etc/passwd' }, 400, 'git_url'],
    [{ branch: '' }, 400, 'branch'],
    [{ idle_timeout_seconds: 1e12 }, 400, 'idle_timeout_seconds'],
    [{ labels: { disk: 'a\u009bb' } }, 400, 'labels'],
    [{ region: 'eu\u0000' }, 400, 'region'],
  ])('is refused at its field, and nothing is made: %j', async (wrong, status, word) => {
    const body = { name: 'shop', ...wrong };
    const refused = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body });
    expect(refused.status).toBe(status);
    expect(JSON.stringify(refused.body.error)).toContain(word);
    expect((await api().ask('GET', '/api/workspaces', { as: user })).body.items).toEqual([]);
    const claim = { worker_id: 'w', max: 50, wait_ms: 0 };
    expect((await api().internal('POST', '/internal/workspaces/claim', claim)).body.items).toEqual([]);
  });

  it.each(['हिन्दी', 'ภาษาไทย', 'می\u200cخواهم', 'cafe\u0301'])('may be called %s', async (name) => {
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name } });
    expect([made.status, made.body.name]).toEqual([201, name.normalize('NFC')]);
  });
});
