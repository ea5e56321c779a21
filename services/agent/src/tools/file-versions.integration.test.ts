import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ToolRuns } from '../../testing/tool-runs.ts';
import { type ApprovedFile, KnownFiles } from './known-files.ts';
import { prepareCall } from './tools.ts';

let runs: ToolRuns;
beforeAll(async () => {
  runs = await ToolRuns.start();
});
afterAll(() => runs[Symbol.asyncDispose]());
beforeEach(() => {
  runs.files = new KnownFiles();
});

const inHome = (name: string) => runs.inHome(name);
const text = (name: string) => readFile(inHome(name), 'utf8');
const read = (name: string) => runs.run('read_file', { path: name });
const write = (name: string, content: string) => runs.run('write_file', { path: name, content });
const saysChanged = (words: string) => (error: unknown) =>
  PodexError.has(error, 'file_changed') && error.message.includes(words);
const NOT_READ = saysChanged('you have not read it in this conversation');
const CHANGED = saysChanged('has changed since you read it');
const CHANGED_SINCE_SHOWN = saysChanged('has changed since the user was shown this change');

/** As a person’s editor does, in the name of the workspace’s user. */
async function save(name: string, content: string | Buffer): Promise<void> {
  await writeFile(inHome(name), content);
  await chmod(inHome(name), 0o666);
}

async function openFolder(name: string): Promise<void> {
  await mkdir(inHome(name));
  await chmod(inHome(name), 0o777);
}

/** A call, what a person is shown of it, and how it goes after they approve it. */
async function proposed(tool: string, input: Record<string, unknown>) {
  const call = prepareCall(tool, input);
  const preview = await call.preview(runs.context());
  if (preview?.type !== 'diff') throw new Error('no diff was shown');
  const approvedFile: ApprovedFile = { etag: preview.etag ?? null, target: preview.target ?? null };
  const toolCallId = newId('toolCall');
  return { preview, approve: () => runs.run(tool, input, { approvedFile, toolCallId }) };
}

describe('write_file', () => {
  it('replaces a file only in the version that the conversation has seen', async () => {
    await save('seen.txt', 'of a person\n');
    await expect(write('seen.txt', 'of the agent\n')).rejects.toSatisfy(NOT_READ);
    await read('seen.txt');
    await write('seen.txt', 'of the agent\n');
    await write('seen.txt', 'again\n');
    await save('seen.txt', 'of a person, newer\n');
    await expect(write('seen.txt', 'over it\n')).rejects.toSatisfy(CHANGED);
    expect(await text('seen.txt')).toBe('of a person, newer\n');
    await read('seen.txt');
    await write('seen.txt', 'over it\n');
    expect(await text('seen.txt')).toBe('over it\n');
  });

  it('makes a file again that is gone, and none where one has come', async () => {
    await write('gone.txt', 'one\n');
    await rm(inHome('gone.txt'));
    await write('gone.txt', 'two\n');
    expect(await text('gone.txt')).toBe('two\n');
  });

  it('after an approval does what was shown, or nothing', async () => {
    await save('shown.txt', 'one\n');
    await read('shown.txt');
    const first = await proposed('write_file', { path: 'shown.txt', content: 'two\n' });
    expect(first.preview).toMatchObject({ before: 'one\n', after: 'two\n' });
    await save('shown.txt', 'saved meanwhile\n');
    // Read again by another call: what counts is what the person saw.
    await read('shown.txt');
    await expect(first.approve()).rejects.toSatisfy(CHANGED_SINCE_SHOWN);
    expect(await text('shown.txt')).toBe('saved meanwhile\n');
    const second = await proposed('write_file', { path: 'shown.txt', content: 'two\n' });
    await second.approve();
    expect((await second.approve()).output).toContain('Wrote');
    expect(await text('shown.txt')).toBe('two\n');
    const made = await proposed('write_file', { path: 'to-come.txt', content: 'two\n' });
    await save('to-come.txt', 'has come\n');
    await expect(made.approve()).rejects.toSatisfy(CHANGED_SINCE_SHOWN);
    expect(await text('to-come.txt')).toBe('has come\n');
  });

  it('is not even proposed over what was not seen', async () => {
    await save('unseen.txt', 'one\n');
    const input = { path: 'unseen.txt', content: 'two\n' };
    await expect(proposed('write_file', input)).rejects.toSatisfy(NOT_READ);
    await read('unseen.txt');
    await save('unseen.txt', 'three\n');
    await expect(proposed('write_file', input)).rejects.toSatisfy(CHANGED);
  });

  it('of a worker that takes over is told what the first one did, and does it once', async () => {
    await save('taken-over.txt', 'one\n');
    await read('taken-over.txt');
    const same = { toolCallId: newId('toolCall'), files: new KnownFiles() };
    for (const version of (await read('taken-over.txt')).files ?? []) same.files.add(version);
    const input = { path: 'taken-over.txt', content: 'two\n' };
    const first = await prepareCall('write_file', input).execute(runs.context(same));
    await save('taken-over.txt', 'of a person, later\n');
    const again = await prepareCall('write_file', input).execute(runs.context({ ...same, isResumed: true }));
    expect(again).toEqual(first);
    expect(await text('taken-over.txt')).toBe('of a person, later\n');
  });
});

describe('edit_file', () => {
  it('after an approval does what was shown; edits that were approved together go on one another', async () => {
    await save('edited.txt', 'one\ntwo\nthree\n');
    const first = await proposed('edit_file', { path: 'edited.txt', old_text: 'one', new_text: '1' });
    const second = await proposed('edit_file', { path: 'edited.txt', old_text: 'two', new_text: '2' });
    const third = await proposed('edit_file', { path: 'edited.txt', old_text: 'three', new_text: '3' });
    await first.approve();
    await second.approve();
    await save('edited.txt', '1\n2\nthree\nof a person\n');
    await expect(third.approve()).rejects.toSatisfy(CHANGED_SINCE_SHOWN);
    expect(await text('edited.txt')).toBe('1\n2\nthree\nof a person\n');
  });

  it('without one leaves what somebody else wrote elsewhere, and does not make it known', async () => {
    await save('auto.txt', 'one\ntwo\n');
    await read('auto.txt');
    await save('auto.txt', 'one\ntwo\nof a person\n');
    await runs.run('edit_file', { path: 'auto.txt', old_text: 'one', new_text: '1' });
    expect(await text('auto.txt')).toBe('1\ntwo\nof a person\n');
    await expect(write('auto.txt', 'all new\n')).rejects.toSatisfy(CHANGED);
  });

  it('makes several edits in order, all of them or none', async () => {
    await save('several.txt', 'one\r\ntwo\r\ntwo\r\n');
    const edits = [
      { old_text: 'one\n', new_text: 'zero\none\n' },
      { old_text: 'zero', new_text: '0' },
      { old_text: 'two', new_text: '2', replace_all: true },
    ];
    const broken = { path: 'several.txt', edits: [...edits, { old_text: 'nine', new_text: '' }] };
    await expect(runs.run('edit_file', broken)).rejects.toThrow('Edit 4 of 4: The text to replace is not in');
    expect(await text('several.txt')).toBe('one\r\ntwo\r\ntwo\r\n');
    const { preview, approve } = await proposed('edit_file', { path: 'several.txt', edits });
    expect((await approve()).output).toContain('replaced 4 times');
    expect(await text('several.txt')).toBe('0\r\none\r\n2\r\n2\r\n');
    expect(preview).toMatchObject({ after: '0\r\none\r\n2\r\n2\r\n' });
  });

  it('tells what is most like a passage that is not there', async () => {
    await save('like.ts', 'function f() {\n\treturn 1;\n}\n');
    await expect(
      runs.run('edit_file', { path: 'like.ts', old_text: 'f() {\n  return 1;', new_text: '' }),
    ).rejects.toThrow('At line 1 the file has "function f() {", and old_text has "f() {".');
  });
});

describe('hostile places', () => {
  it('a preview names the file that links lead to, and a link that is changed afterwards is not followed', async () => {
    await openFolder('real');
    await save('real/notes.txt', 'one\n');
    await symlink(inHome('real'), inHome('folder-link'));
    await symlink(inHome('real/notes.txt'), inHome('file-link'));
    const edit = { path: inHome('file-link'), old_text: 'one', new_text: 'two' };
    const edited = await proposed('edit_file', edit);
    expect(edited.preview).toMatchObject({ target: inHome('real/notes.txt') });
    const made = await proposed('write_file', { path: inHome('folder-link/new/a.txt'), content: 'x' });
    expect(made.preview).toMatchObject({ target: inHome('real/new/a.txt') });
    const passwords = prepareCall('edit_file', {
      path: inHome('passwords'),
      old_text: 'root:x',
      new_text: 'me:x',
    });
    await symlink('/etc/passwd', inHome('passwords'));
    expect(await passwords.preview(runs.context())).toMatchObject({ target: '/etc/passwd' });

    await openFolder('other');
    await save('other/notes.txt', 'one\n');
    for (const [link, target] of [
      ['folder-link', 'other'],
      ['file-link', 'other/notes.txt'],
    ] as const) {
      await symlink(inHome(target), inHome('swapped'));
      await rename(inHome('swapped'), inHome(link));
    }
    await expect(edited.approve()).rejects.toSatisfy(CHANGED_SINCE_SHOWN);
    await expect(made.approve()).rejects.toSatisfy(CHANGED_SINCE_SHOWN);
    expect(await text('other/notes.txt')).toBe('one\n');
  });

  it('reads no device, pipe or endless file, and says what a binary file is', async () => {
    execFileSync('mkfifo', [inHome('pipe')]);
    await symlink('/dev/zero', inHome('zero'));
    for (const name of ['pipe', 'zero']) {
      await expect(read(name)).rejects.toThrow('is a device, a pipe or a socket');
      await expect(proposed('write_file', { path: name, content: 'x' })).rejects.toThrow('is a device');
    }
    await save('sparse', '');
    await truncate(inHome('sparse'), 2 * 1024 ** 3);
    expect((await read('sparse')).output).toContain('is not a text file: binary data, 2.0 GB.');
    await save('pixel.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    expect((await read('pixel.png')).output).toContain('a PNG image, 16 B');
    await save('latin.txt', Buffer.from('caf\xe9', 'latin1'));
    expect((await read('latin.txt')).output).toContain('text in another encoding than UTF-8');
  });

  it('reads, writes and edits a file whose name is no UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(path.join(inHome('.'), 'odd-')), Buffer.from([0xb1])]);
    await writeFile(name, 'one\n');
    await chmod(name, 0o666);
    const given = 'odd-\u{10feb1}';
    await read(given);
    await write(given, 'two\n');
    await runs.run('edit_file', { path: given, old_text: 'two', new_text: 'three' });
    expect(await readFile(name, 'utf8')).toBe('three\n');
  });
});
