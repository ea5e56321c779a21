import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { EDIT_PREVIEW_BYTES_MAX, editFileResult, editPreview } from '@podex/contracts/files';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';

let daemon: RunningTestDaemon;
let files: FilesClient;

beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
});
afterAll(() => daemon[Symbol.asyncDispose]());

const onDisk = (name: string) => readFile(path.join(daemon.folders.homePath, name), 'utf8');

async function preview(input: object) {
  const response = await files.previewEdit(input);
  expect(response.status, response.body.toString()).toBe(200);
  return response.json(editPreview);
}

it('a preview shows exactly what the edit then does, whatever the lines end in', async () => {
  for (const content of [
    'function f() {\r\n  return 1;\r\n}\r\n',
    'function f() {\n  return 1;\n}\n',
    'function f() {\r\n  return 1;\n}\r\n',
  ]) {
    await files.write('cr.ts', content);
    const edit = {
      path: 'cr.ts',
      old_text: 'function f() {\n  return 1;',
      new_text: 'function f() {\n  let one = 1;\n  return one;',
    };
    const shown = await preview(edit);
    expect(shown).toMatchObject({ before: content, first_line: 1, is_whole: true });
    expect(await onDisk('cr.ts')).toBe(content);
    expect((await files.edit(edit)).status).toBe(200);
    expect(await onDisk('cr.ts')).toBe(shown.after);
  }
  await files.write('cr.ts', 'function f() {\r\n  return 1;\r\n}\r\n');
  const edit = { path: 'cr.ts', old_text: '{\n  return 1;', new_text: '{\n  return 2;' };
  await files.edit(edit);
  expect(await onDisk('cr.ts')).toBe('function f() {\r\n  return 2;\r\n}\r\n');
});

it('a preview changes nothing, also under an idempotency key, and leaves the key unused', async () => {
  await files.write('keyed.txt', 'one\n');
  const edit = { path: 'keyed.txt', old_text: 'one', new_text: 'two' };
  const key = { 'idempotency-key': 'tried-first' };
  const before = (await files.previewEdit(edit, key)).json(editPreview);
  expect(await onDisk('keyed.txt')).toBe('one\n');
  const done = await files.edit(edit, key);
  expect([done.status, done.headers['idempotent-replayed']]).toEqual([200, undefined]);
  expect(done.json(editFileResult).entry.etag).not.toBe(before.entry.etag);
  expect(await onDisk('keyed.txt')).toBe('two\n');
  expect((await readdir(daemon.folders.homePath)).filter((name) => name.startsWith('.podex-'))).toEqual([]);
});

it('a preview ends in the errors of the edit', async () => {
  await files.write('twice.txt', 'x x');
  for (const edit of [
    { path: 'twice.txt', old_text: 'y', new_text: '' },
    { path: 'twice.txt', old_text: 'x', new_text: '' },
    { path: 'none.txt', old_text: 'x', new_text: '' },
    { path: '.', old_text: 'x', new_text: '' },
  ]) {
    const tried = refusal(await files.previewEdit(edit));
    expect(tried).toEqual(refusal(await files.edit(edit)));
    expect(tried[0]).toBeGreaterThanOrEqual(400);
  }
});

it('of a long file a preview shows what surrounds the changes', async () => {
  const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index + 1} ä`);
  await files.write('long.txt', lines.join('\n'));
  const shown = await preview({
    path: 'long.txt',
    old_text: 'line 30000 ä\nline 30001',
    new_text: 'line 30000 ä\nadded\nline 30001',
  });
  expect(shown).toMatchObject({ first_line: 29_995, is_whole: false });
  expect(shown.before.split('\n')[0]).toBe('line 29995 ä');
  expect(shown.after).toBe(shown.before.replace('line 30001', 'added\nline 30001'));
  await files.write('wide.txt', `${'ä'.repeat(300_000)}!${'ä'.repeat(300_000)}`);
  const wide = await preview({ path: 'wide.txt', old_text: '!', new_text: '?' });
  expect(wide.after).toBe(wide.before.replace('!', '?'));
  expect(wide.before).toMatch(/^ä+!ä+$/);
  expect(Buffer.byteLength(wide.before)).toBeLessThan(EDIT_PREVIEW_BYTES_MAX);
});
