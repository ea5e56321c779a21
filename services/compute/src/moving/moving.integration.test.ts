import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';
import { MovingFixture } from '../../testing/moving-fixture.ts';

let testbed: Testbed;
let compute: ComputeFixture;
let fixture: MovingFixture;

const CARD_FORMAT = '{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}';

beforeAll(async () => {
  testbed = await startTestbed({ directory: temporaryFolder('testbed'), servers: 2 });
  compute = await startComputeFixture({}, testbed.servers[0]?.storagePath);
  fixture = await MovingFixture.start(testbed, compute.api);
}, 180_000);

afterAll(async () => {
  await compute?.stop();
  await testbed?.stop();
});

/** What a person can leave in a home folder, and what a person with root on the server can. */
const ODD_FILES = String.raw`
set -e; cd "$1/home"; umask 022
mkdir -p plain/deep/er empty && echo text > plain/deep/er/file && printf '' > plain/nothing
printf x > $'new\nline' && printf x > $'\xff\xfe' && printf x > '-rf' && printf x > '--checkpoint=1'
printf x > 'sp ace "quote" '"'"' \back*' && printf x > $'\e[31m' && mkdir 'tar.' && printf x > 'tar./…é'
printf x > "$(printf 'n%.0s' $(seq 255))"
ln -s / to-root && ln -s .. up && ln -s ../../../../etc/passwd out && ln -s /nowhere dangling && ln -s loop loop
ln -s 'plain/deep' inside && mkdir real && ln -s ../real/../.. real/twist && ln -s "$(printf 'a%.0s' $(seq 4000))" long
echo one > first && ln first second && mkdir other && ln first other/third
truncate -s 5G sparse && printf middle | dd of=sparse bs=1 seek=3000000000 conv=notrunc status=none
truncate -s 1M all-hole && head -c 3000000 /dev/urandom > random
mkfifo pipe && mkfifo plain/pipe2
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
printf x > setuid && chmod 4755 setuid && printf x > setgid && chmod 2711 setgid && mkdir sticky && chmod 1777 sticky
printf x > secret && chmod 0000 secret && mkdir closed && printf x > closed/in && chmod 0000 closed
printf x > owned && chown 12345:54321 owned && printf x > big-owner && chown 4000000000:4000000000 big-owner
touch -h -d '1975-01-02 03:04:05.123456789' to-root && touch -d '2100-01-01 00:00:00.5' plain/nothing
mknod device c 1 3 && mknod disk b 7 0
touch -d '2001-01-01' plain plain/deep other
`;

describe('a workspace that is moved', { timeout: 240_000 }, () => {
  it('has its files on its new server, bit by bit, and nothing on the old one', async () => {
    const id = await fixture.create();
    await compute.client.run(id, 'mkdir -p notes && echo kept > notes/one');
    await fixture.stop(id);
    await fixture.enter(id, ODD_FILES);
    const before = await fixture.look(id);
    const move = compute.api.moves.add(id, fixture.otherOf(id));
    expect(await compute.api.moves.untilEnded(move, 120_000)).toMatchObject({ outcome: 'done', ends: [{}] });
    expect(await fixture.look(id)).toBe(before);
    expect(before).toMatch(/12345:54321/);
    expect(fixture.foldersBeside(id)).toEqual([]);
    // Five gigabytes of nothing are not carried, and stay nothing.
    expect(compute.api.moves.find(move).progress.at(-1)?.bytes_done).toBeLessThan(20_000_000);
    expect((await fixture.enter(id, 'du --block-size=1M "$1/home/sparse" | cut -f 1')).trim()).toBe('1');
    expect(await fixture.enter(id, 'find "$1" -type b -o -type c -o -type s -o -type p')).toBe('');
    await fixture.run(id);
    expect(
      await compute.client.run(id, 'cat notes/one first other/third; stat -c %i first second | uniq | wc -l'),
    ).toBe('kept\none\none\n1\n');
  });

  it('is held to its network policy there as it was here', async () => {
    const id = await fixture.create();
    await fixture.stop(id);
    compute.api.network.set(id, { mode: 'deny_all', allow: [] });
    const move = compute.api.moves.add(id, fixture.otherOf(id));
    expect(await compute.api.moves.untilEnded(move, 120_000)).toMatchObject({ outcome: 'done' });
    await fixture.run(id);
    const card = await fixture.serverOf(id).docker(['inspect', '--format', CARD_FORMAT, `podex-${id}`]);
    const rules = await fixture.serverOf(id).enter(['iptables', '-S']);
    expect(rules.toLowerCase()).toContain(`--mac-source ${card}`);
  });

  it('keeps 100,000 links, of which none leads the copy astray', async () => {
    const id = await fixture.create();
    await fixture.stop(id);
    const make =
      'import os\nos.chdir("home"); os.mkdir("many"); os.chdir("many")\nfor n in range(100_000): os.symlink(("/etc/passwd", "../../..", "x")[n % 3], f"link-{n}")';
    await fixture.enter(id, `cd "$1" && python3 -c '${make}'`);
    const move = compute.api.moves.add(id, fixture.otherOf(id));
    const ended = await compute.api.moves.untilEnded(move, 180_000);
    expect(ended).toMatchObject({ outcome: 'done' });
    expect(ended.progress.at(-1)?.files_total).toBeGreaterThan(100_000);
    const count =
      'find "$1/home/many" -type l | wc -l; readlink "$1/home/many/link-99999" "$1/home/many/link-0"';
    expect(await fixture.enter(id, count)).toMatch(/^100000\n(\/etc\/passwd\n?){2}$/);
  });

  it('has a disk of its own where it comes to, and none where disks are not limited', async () => {
    await setLimits('off');
    const id = await fixture.create();
    await compute.client.run(id, 'echo kept > note');
    await fixture.stop(id);
    const kind = () =>
      fixture.enter(id, 'stat -f -c %i "$1/home" "$(dirname "$1")" | uniq | wc -l; cat "$1/home/note"');
    expect(await kind()).toBe('1\nkept');
    for (const [limits, fileSystems] of [
      ['auto', 2],
      ['off', 1],
    ] as const) {
      await setLimits(limits);
      const move = compute.api.moves.add(id, fixture.otherOf(id));
      expect(await compute.api.moves.untilEnded(move, 120_000)).toMatchObject({ outcome: 'done' });
      expect(await kind()).toBe(`${fileSystems}\nkept`);
    }
    await setLimits('auto');
  });
});

/** Compute asks for what api has when it hears of a server that it does not know. */
async function setLimits(limits: 'auto' | 'off'): Promise<void> {
  compute.api.settings = { ...compute.api.settings, disk_limits: limits };
  await compute.client.ask(`/servers/${newId('server')}/check`, { method: 'POST' });
}
