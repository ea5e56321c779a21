import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeDouble } from '../../../../services/api/testing/compute-double.ts';
import { ComputeWorker } from '../../../../services/api/testing/compute-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

const GIGABYTE = 1_073_741_824;
const DISK = {
  is_limited: true,
  used_bytes: 2.5 * GIGABYTE,
  total_bytes: 10 * GIGABYTE,
  used_files: 1234,
  total_files: 655_360,
};

describe('podex workspaces show', () => {
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url };
  });
  let owner: TestUser;
  let worker: ComputeWorker;
  beforeAll(async () => {
    owner = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    worker.run();
  });
  afterAll(async () => {
    await worker?.stop();
    await compute?.stop();
  });

  const run = podexOf(api);
  const podex = (...words: string[]) => run(owner, 'workspaces', ...words);
  const answerWith = (disk: object, status = 200) => {
    compute.respond = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(disk));
    };
  };

  it('says how full the disk is, warns from nine tenths, and tells that it grows', async () => {
    await podex('create', 'shop', '--wait');
    answerWith(DISK);
    const shown = await podex('show', 'shop');
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/^disk +2\.5 of 10\.0 GB used\nfiles +1234 of 655360\nimage/m);
    expect(compute.requests.at(-1)).toMatchObject({ method: 'GET', url: expect.stringMatching(/\/disk$/) });
    expect(JSON.parse((await podex('show', 'shop', '--json')).stdout)).toMatchObject({
      name: 'shop',
      disk: DISK,
    });
    await podex('set', 'shop', '--size', 'medium');
    answerWith({ ...DISK, used_bytes: 9 * GIGABYTE });
    expect((await podex('show', 'shop')).stdout).toMatch(
      /^ +The disk is nearly full\. .*\n +It grows to 20 GB at the next start\.$/m,
    );
    answerWith({ ...DISK, used_files: 655_360, is_limited: false });
    expect((await podex('show', 'shop')).stdout).toMatch(
      /GB used by all on its server: it has no disk of its own\n.*\n +The disk’s room for files is full: nothing/,
    );
  });

  it('says whether its daemon is to be updated', async () => {
    const { id } = JSON.parse((await podex('show', 'shop', '--json')).stdout);
    const said = async (update: string | null) => {
      const item = { workspace_id: id, container_id: `container-of-${id}`, update };
      await api().internal('POST', '/internal/workspaces/daemons', { items: [item] });
      return (await podex('show', 'shop')).stdout;
    };
    expect(await said('at_next_start')).toMatch(/^update +its daemon is updated at the next start$/m);
    expect(await said('needs_rebuild')).toMatch(/^update +its daemon is older: podex workspaces rebuild/m);
    expect(await said(null)).not.toMatch(/^update/m);
  });

  it('goes without where the workspace does not say, or does not run', async () => {
    answerWith({ error: { code: 'not_found', message: 'There is no such route.', request_id: 'r' } }, 404);
    const silent = await podex('show', 'shop');
    expect([silent.exitCode, silent.stdout]).toEqual([0, expect.not.stringMatching(/^disk/m)]);
    await podex('stop', 'shop', '--wait');
    compute.requests.length = 0;
    expect(JSON.parse((await podex('show', 'shop', '--json')).stdout).disk).toBeNull();
    expect(compute.requests).toEqual([]);
  });
});
