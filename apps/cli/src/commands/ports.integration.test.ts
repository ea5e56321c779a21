import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';
import { findFreePort } from '../machine/ports.ts';

describe('podex ports and podex preview', () => {
  const api = setUpApi(() => ({ variables: { PREVIEW_DOMAIN: 'preview.localhost:3001' } }));
  let owner: TestUser;
  let address: string;
  beforeAll(async () => {
    owner = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'shop' } });
    address = `http://5173--${made.body.id.slice('ws_'.length)}.preview.localhost:3001/`;
  });
  const podex = (...words: string[]) => podexOf(api)(owner, ...words);

  it('say where a preview is, who can open it, and make links', async () => {
    expect((await podex('ports', 'shop')).stdout).toBe('No program listens on a port');
    const set = await podex('preview', 'shop', '5173', '--access', 'link');
    expect([set.stderr, set.stdout]).toEqual(['', address]);
    expect((await podex('ports', 'shop')).stdout).toBe(`5173  not listening  link  ${address}`);
    const link = await podex('preview', 'shop', '5173', '--link');
    expect(link.stdout).toMatch(new RegExp(`^${address}\\?podex_link=[\\w.-]+$`));
    expect((await podex('ports', 'shop')).stdout).toMatch(
      new RegExp(`^5173  not listening  link until 20[\\d-]+T[\\d:.]+Z  ${address}$`),
    );
    expect(JSON.parse((await podex('ports', 'shop', '--json')).stdout)).toMatchObject([
      { port: 5173, access: 'link', url: address },
    ]);
    expect((await podex('preview', 'shop', '5173', '--revoke-links')).stdout).toBe(address);
  });

  it('say what is wrong with what was typed', async () => {
    const refused = await Promise.all([
      podex('preview', 'shop', '70000'),
      podex('preview', 'shop', '5173', '--access', 'everyone'),
      podex('preview', 'shop', '4000'),
    ]);
    expect(refused.map(({ exitCode }) => exitCode)).toEqual([2, 2, 1]);
    expect(refused.map(({ stderr }) => stderr).join()).toMatch(
      /65535[\s\S]*private, link, public[\s\S]*port 4000/,
    );
  });
});

describe('where previews share an origin', () => {
  // Nothing is asked there: only what is said of it counts.
  const api = setUpApi(async () => ({ variables: { PREVIEW_PORT: String(await findFreePort()) } }));
  let owner: TestUser;
  beforeAll(async () => {
    owner = await api().signUp();
    await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'shop' } });
  });

  it('podex ports and podex preview say that it is weaker, apart from the address', async () => {
    const set = await podexOf(api)(owner, 'preview', 'shop', '5173', '--access', 'public');
    expect(set.stdout).toMatch(/^http:\/\/localhost:\d+\/5173--[0-9a-z]{26}\/$/);
    expect(set.stderr).toContain('previews share one origin here');
    expect((await podexOf(api)(owner, 'ports', 'shop')).stderr).toContain('PREVIEW_DOMAIN');
  });
});
