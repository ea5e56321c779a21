import { lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createLogger } from '../logging/logger.ts';
import { ensureUser } from './ensure-user.ts';

const USER = { name: 'dev', uid: 1000, gid: 1000 };

let root: string;
let warnings: string;
beforeEach(async () => {
  root = temporaryFolder('image');
  warnings = '';
});

async function lay(file: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content, { mode });
}

const read = (file: string) => readFile(path.join(root, file), 'utf8');

const ensure = () =>
  ensureUser({
    user: USER,
    homePath: '/home/dev',
    imagePath: "/opt/it's/bin:/bin",
    rootPath: root,
    logger: createLogger('test', {
      write(line) {
        warnings += line;
      },
    }),
  });

describe.runIf(process.getuid?.() === 0)('an image', () => {
  it('gets the user, sudo, its PATH in login shells, and a home with the skeleton', async () => {
    await lay('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n');
    await lay('etc/group', 'root:x:0:\n');
    await lay('etc/shadow', 'root:*:::::::\n', 0o640);
    await lay('etc/sudoers.d/README', '');
    await lay('etc/profile.d/other.sh', '');
    await lay('etc/skel/.bashrc', 'alias');
    await lay('etc/skel/.config/tool', 'x');
    await lay('bin/bash', '');
    await ensure();
    expect(warnings).toBe('');
    expect(await read('etc/passwd')).toContain('dev:x:1000:1000::/home/dev:/bin/bash\n');
    expect(await read('etc/group')).toContain('dev:x:1000:\n');
    expect((await stat(path.join(root, 'etc/shadow'))).mode & 0o777).toBe(0o640);
    expect(await read('etc/sudoers.d/podex')).toBe('dev ALL=(ALL) NOPASSWD:ALL\n');
    expect((await stat(path.join(root, 'etc/sudoers.d/podex'))).mode & 0o777).toBe(0o440);
    expect(await read('etc/profile.d/00-podex-path.sh')).toContain(`PATH='/opt/it'\\''s/bin:/bin'`);
    for (const file of ['', '.bashrc', '.config', '.config/tool']) {
      expect((await lstat(path.join(root, 'home/dev', file))).uid).toBe(1000);
    }
  });

  it('with nothing in it gets an account and a home all the same', async () => {
    await ensure();
    expect(await read('etc/passwd')).toBe('dev:x:1000:1000::/home/dev:/bin/sh\n');
    expect((await lstat(path.join(root, 'home/dev'))).uid).toBe(1000);
    expect(await readdir(path.join(root, 'etc'))).toEqual(['gitconfig', 'group', 'passwd']);
  });

  it('has git ask Podex, once, beside what the image says', async () => {
    await lay('etc/gitconfig', '[core]\n\tpager = less');
    await ensure();
    await ensure();
    const settings = '[core]\n\tpager = less\n[include]\n\tpath = /run/podex-git/gitconfig\n';
    expect(await read('etc/gitconfig')).toBe(settings);
  });

  it('keeps a home that has files as it is', async () => {
    await lay('etc/skel/.bashrc', 'of the image');
    await lay('home/dev/.bashrc', 'of the user');
    await ensure();
    expect(await read('home/dev/.bashrc')).toBe('of the user');
  });

  it('is the same after the second start', async () => {
    await lay('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n');
    await ensure();
    const before = await stat(path.join(root, 'etc/passwd'));
    await ensure();
    expect((await stat(path.join(root, 'etc/passwd'))).ino).toBe(before.ino);
  });

  it('that cannot be written is used as it is', async () => {
    await lay('etc/passwd/oops', 'a folder');
    await ensure();
    expect(warnings).toContain('"step":"passwd"');
    expect((await lstat(path.join(root, 'home/dev'))).uid).toBe(1000);
  });
});
