import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

const api = setUpApi();

describe('where a workspace wants to live', () => {
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
  });

  const create = (body: object) =>
    api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w', ...body } });
  const claim = async () =>
    (await api().internal('POST', '/internal/workspaces/claim', { worker_id: 'w', max: 50, wait_ms: 0 })).body
      .items;

  it('goes with it to compute', async () => {
    const wish = { region: 'eu-west', region_match: 'preferred', labels: { disk: 'nvme' } };
    const made = await create(wish);
    expect(made.status).toBe(201);
    const plain = await create({});
    const tasks = await claim();
    const taskOf = (id: string) => tasks.find((task: { id: string }) => task.id === id);
    expect(taskOf(made.body.id)).toMatchObject({
      region: 'eu-west',
      region_match: 'preferred',
      required_labels: { disk: 'nvme' },
    });
    expect(taskOf(plain.body.id)).toMatchObject({
      region: null,
      region_match: 'required',
      required_labels: {},
    });
  });

  it.each([
    [{ region: '' }, 'region'],
    [{ region: 'x'.repeat(64) }, 'region'],
    [{ region: 'a\nb' }, 'region'],
    [{ region_match: 'maybe' }, 'region_match'],
    [{ labels: { '../x': '1' } }, 'labels'],
    [{ labels: { a: 'b\u0007c' } }, 'labels'],
    [{ labels: { a: 1 } }, 'labels'],
    [{ labels: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v'])) }, 'labels'],
  ])('is refused when it is %j', async (wrong, field) => {
    const refused = await create(wrong);
    expect([refused.status, refused.body.error.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(refused.body.error.context.issues)).toContain(field);
    expect(await claim()).toEqual([]);
  });
});
