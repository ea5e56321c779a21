import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { FileChanges } from './file-changes.ts';

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

describe('files that are written together', () => {
  it('have the modes that they need, also where another file was', async () => {
    const folder = temporaryFolder('changes');
    const file = path.join(folder, 'certs/server-key.pem');
    const changes = new FileChanges();
    await changes.write({ path: file, content: 'one', mode: 0o600 });
    await chmod(file, 0o644);
    await changes.write({ path: file, content: 'two', mode: 0o600 });
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['two', 0o600]);
    expect(await readdir(path.dirname(file))).toEqual(['server-key.pem']);
  });

  it('keep what was there under another name, unless it is the same', async () => {
    const file = path.join(temporaryFolder('changes'), 'daemon.json');
    await writeFile(file, 'mine');
    const changes = new FileChanges(new Date('2026-11-28T03:04:05.678Z'));
    const backup = await changes.write({ path: file, content: 'new', mode: 0o644, isBackedUp: true });
    expect(backup).toBe(`${file}.before-podex-20261128T030405Z`);
    expect(await readFile(backup ?? '', 'utf8')).toBe('mine');
    expect(
      await changes.write({ path: file, content: 'new', mode: 0o644, isBackedUp: true }),
    ).toBeUndefined();
  });

  it('are put back as they were', async () => {
    const folder = temporaryFolder('changes');
    const [there, added] = [path.join(folder, 'there'), path.join(folder, 'added')];
    await writeFile(there, 'mine', { mode: 0o640 });
    const changes = new FileChanges();
    await changes.write({ path: there, content: 'new', mode: 0o600 });
    await changes.write({ path: there, content: 'newer', mode: 0o600 });
    await changes.write({ path: added, content: 'new', mode: 0o600 });
    await changes.undo();
    expect([await readFile(there, 'utf8'), await modeOf(there)]).toEqual(['mine', 0o640]);
    expect(await readdir(folder)).toEqual(['there']);
  });
});
