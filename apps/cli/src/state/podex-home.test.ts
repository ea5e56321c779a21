import { chmodSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { defaultHomeDirectory, findBlockingFolder, openPodexHome, podexHome } from './podex-home.ts';

describe('the home of a Podex', () => {
  it('is where the database user can reach it, for root', () => {
    expect(defaultHomeDirectory({ uid: 0, homeDirectory: '/root' })).toBe('/var/lib/podex');
    expect(defaultHomeDirectory({ uid: 1000, homeDirectory: '/home/ada' })).toBe('/home/ada/.podex');
  });

  it('is made with folders that others cannot list', async () => {
    const base = temporaryFolder('home');
    chmodSync(base, 0o755);
    const home = podexHome(path.join(base, 'deep/home'));
    await openPodexHome(home);
    expect(statSync(home.directory).mode & 0o044).toBe(0);
    expect(statSync(home.runDirectory).isDirectory()).toBe(true);
    expect(statSync(home.logsDirectory).isDirectory()).toBe(true);
  });

  it('cannot be a file', async () => {
    const file = path.join(temporaryFolder('home'), 'file');
    writeFileSync(file, '');
    await expect(openPodexHome(podexHome(file))).rejects.toThrow(/cannot be written/);
  });

  it('knows the folder above that others cannot pass', async () => {
    const base = temporaryFolder('home');
    chmodSync(base, 0o700);
    expect(await findBlockingFolder(base)).toBe(base);
    chmodSync(base, 0o711);
    expect(await findBlockingFolder(base)).toBeUndefined();
  });
});
