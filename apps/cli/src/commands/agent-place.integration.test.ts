import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createAsk } from '../connection/api-request.ts';
import { chooseWorkspace } from './agent-place.ts';

describe('the workspace that an agent is given a task in', () => {
  const api = setUpApi();

  async function setUp() {
    const user = await api().signUp();
    const ask = createAsk({ apiUrl: api().baseUrl, secret: user.token });
    const add = async (name: string, repository?: string): Promise<string> => {
      const body = { name, git_url: repository && `https://git.example.com/acme/${repository}.git` };
      return (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body.id;
    };
    const choose = async (folder: string, name?: string) => (await chooseWorkspace(ask, { name, folder })).id;
    return { add, choose };
  }

  async function clone(repository: string): Promise<string> {
    const folder = temporaryFolder('clone');
    await execa('git', ['init', '--quiet'], { cwd: folder });
    await execa('git', ['remote', 'add', 'origin', `git@git.example.com:acme/${repository}.git`], {
      cwd: folder,
    });
    return folder;
  }

  it('is the only one, else that of the repository of the folder, else it must be named', async () => {
    const { add, choose } = await setUp();
    const elsewhere = temporaryFolder('no-clone');
    await expect(choose(elsewhere)).rejects.toMatchObject({ message: 'You have no workspace', exitCode: 2 });
    const shop = await add('shop', 'shop');
    expect(await choose(elsewhere)).toBe(shop);

    const docs = await add('docs', 'docs');
    await expect(choose(elsewhere)).rejects.toMatchObject({
      message: 'You have several workspaces',
      cure: expect.arrayContaining([expect.stringContaining(`docs  ${docs}`)]),
    });
    expect(await choose(await clone('shop'))).toBe(shop);
    expect(await choose(await clone('docs'))).toBe(docs);
    await expect(choose(await clone('other'))).rejects.toThrow('several');
    expect(await choose(await clone('shop'), 'docs')).toBe(docs);

    await add('shop again', 'shop');
    await expect(choose(await clone('shop'))).rejects.toThrow('several');
  });
});
