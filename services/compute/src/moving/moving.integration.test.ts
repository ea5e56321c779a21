import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';
import { MovingFixture } from '../../testing/moving-fixture.ts';

let testbed: Testbed;
let compute: ComputeFixture;
let fixture: MovingFixture;

beforeAll(async () => {
  testbed = await startTestbed({ directory: temporaryFolder('testbed'), servers: 2 });
  compute = await startComputeFixture({}, testbed.servers[0]?.storagePath);
  fixture = await MovingFixture.start(testbed, compute.api);
}, 180_000);

afterAll(async () => {
  await compute?.stop();
  await testbed?.stop();
});

describe('a workspace that is moved', { timeout: 240_000 }, () => {
  it('has its files on its new server, and nothing on the old one', async () => {
    const id = await fixture.create();
    await compute.client.run(id, 'mkdir -p notes && echo kept > notes/one && sudo touch root-owned');
    await fixture.stop(id);
    const before = await fixture.look(id);
    const move = compute.api.moves.add(id, fixture.otherOf(id));
    expect(await compute.api.moves.untilEnded(move)).toMatchObject({ outcome: 'done' });
    expect(await fixture.look(id)).toEqual(before);
    expect(fixture.foldersBeside(id)).toEqual([]);
    await fixture.run(id);
    expect(await compute.client.run(id, 'cat notes/one; stat -c %U root-owned')).toBe('kept\nroot\n');
  });
});
