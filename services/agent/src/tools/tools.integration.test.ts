import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { PodexError } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ToolRuns } from '../../testing/tool-runs.ts';
import { prepareCall } from './tools.ts';

let runs: ToolRuns;
beforeAll(async () => {
  runs = await ToolRuns.start();
});
afterAll(() => runs[Symbol.asyncDispose]());

const context: ToolRuns['context'] = (overrides) => runs.context(overrides);
const run: ToolRuns['run'] = (tool, input, overrides) => runs.run(tool, input, overrides);
const inHome = (name: string) => runs.inHome(name);
const codeOf = (code: PodexError['code']) => (error: unknown) => PodexError.has(error, code);

describe('against the real daemon', () => {
  it('files are written, read, edited once, listed and searched', async () => {
    const written = await run('write_file', {
      path: '~/app/main.py',
      content: 'print("one")\nprint("two")\n',
    });
    expect(written.output).toBe(`Wrote ${inHome('app/main.py')} (26 bytes).`);
    expect((await run('read_file', { path: 'app/main.py' })).output).toBe(
      '     1\tprint("one")\n     2\tprint("two")',
    );
    const same = { toolCallId: newId('toolCall') };
    const edit = { path: 'app/main.py', old_text: '"two"', new_text: '"two", "two"' };
    await run('edit_file', edit, same);
    expect((await run('edit_file', edit, same)).output).toContain('replaced once');
    expect(await readFile(inHome('app/main.py'), 'utf8')).toBe('print("one")\nprint("two", "two")\n');
    expect((await run('list_files', { path: 'app' })).output).toBe(`${inHome('app')}:\nmain.py  33 B`);
    expect((await run('grep', { pattern: 'print\\("two', path: 'app' })).output).toBe(
      `${inHome('app/main.py')}:2: print("two", "two")`,
    );
    expect((await run('grep', { pattern: 'print("one")', literal: true })).output).toContain('main.py:1');
    const search = { pattern: 'print', path: 'app' };
    const file = inHome('app/main.py');
    expect((await run('grep', { ...search, output: 'files' })).output).toBe(file);
    expect((await run('grep', { ...search, output: 'count' })).output).toBe(`${file}: 2`);
    expect((await run('grep', { pattern: '"one"', path: 'app', context: '2' })).output).toBe(
      `${file}:1: print("one")\n${file}-2- print("two", "two")\n--`,
    );
  });

  it('files are found by globs, those changed last first', async () => {
    for (const name of ['old.ts', 'deep/new.ts', 'other.md']) {
      await run('write_file', { path: `found/${name}`, content: name });
    }
    await run('write_file', { path: 'found/node_modules/a.ts', content: '' });
    await utimes(inHome('found/old.ts'), 1_000_000, 1_000_000);
    expect((await run('glob', { pattern: '**/*.ts', path: 'found' })).output).toBe(
      [inHome('found/deep/new.ts'), inHome('found/old.ts')].join('\n'),
    );
    await run('write_file', { path: 'found/newest.ts', content: '' });
    expect((await run('glob', { pattern: '*.ts', path: 'found' })).output.split('\n')[0]).toBe(
      inHome('found/newest.ts'),
    );
    expect((await run('glob', { pattern: '*.rs', path: 'found' })).output).toBe('No files.');
  });

  it('an edit is shown as it is then done, whatever the lines end in', async () => {
    await run('write_file', { path: 'cr.ts', content: 'function f() {\r\n  return 1;\r\n}\r\n' });
    const edit = prepareCall('edit_file', {
      path: 'cr.ts',
      old_text: 'function f() {\n  return 1;',
      new_text: 'function f() {\n  // One.\n  return 1;',
    });
    const after = 'function f() {\r\n  // One.\r\n  return 1;\r\n}\r\n';
    expect(await edit.preview(context())).toMatchObject({ type: 'diff', path: 'cr.ts', after });
    await edit.execute(context());
    expect(await readFile(inHome('cr.ts'), 'utf8')).toBe(after);
  });

  it.runIf(process.getuid?.() === 0)(
    'a search tells what it could not look into, and shows a long line around its match',
    async () => {
      await mkdir(inHome('locked/x'), { recursive: true });
      await chmod(inHome('locked/x'), 0o700);
      await writeFile(inHome('locked/long'), `${'a'.repeat(3_000)}NEEDLE${'b'.repeat(3_000)}`);
      const { output } = await run('grep', { pattern: 'NEEDLE', path: 'locked' });
      expect(output).toContain(`${inHome('locked/long')}:1:3001: …aaa`);
      expect(output).toContain('aNEEDLEb');
      const note = `[1 place was not searched:\n${inHome('locked/x')}: The workspace’s user may not read it.]`;
      expect(output.endsWith(note), output).toBe(true);
      expect((await run('grep', { pattern: 'nothing', path: 'locked' })).output).toBe(`No matches.\n${note}`);
    },
  );

  it('what is not there, not text or not unique is told', async () => {
    await expect(run('read_file', { path: 'nowhere' })).rejects.toSatisfy(codeOf('file_not_found'));
    await expect(run('read_file', { path: '.' })).rejects.toSatisfy(codeOf('file_is_directory'));
    await writeFile(inHome('data.bin'), Buffer.from([0x89, 0x50, 0, 1]));
    expect(await run('read_file', { path: 'data.bin' })).toMatchObject({ isOk: false });
    await writeFile(inHome('empty.txt'), '');
    expect(await run('read_file', { path: 'empty.txt' })).toMatchObject({
      isOk: true,
      output: 'empty.txt is empty.',
    });
    await run('write_file', { path: 'twice.txt', content: 'x x' });
    const edit = { path: 'twice.txt', old_text: 'x', new_text: 'y' };
    await expect(run('edit_file', edit)).rejects.toSatisfy(codeOf('text_not_unique'));
    expect((await run('edit_file', { ...edit, replace_all: true })).output).toContain('replaced 2 times');
    await expect(run('grep', { pattern: '(' })).rejects.toSatisfy(PodexError.isInstance);
  });

  it('commands give output and exit code, are joined by id, time out and are cancelled', async () => {
    expect((await run('run_command', { command: 'echo out; echo err >&2; exit 3' })).output).toMatch(
      /^out\nerr\n\[exit code 3, /,
    );
    const same = { toolCallId: newId('toolCall') };
    const slow = { command: 'echo x >> ran.txt; sleep 0.5; echo end' };
    await Promise.all([
      run('run_command', slow, same),
      run('run_command', slow, { ...same, isResumed: true }),
    ]);
    expect(await readFile(inHome('ran.txt'), 'utf8')).toBe('x\n');
    runs.shown = '';
    const overdue = await run('run_command', { command: 'echo begun; sleep 20', timeout_seconds: 1 });
    expect(overdue).toMatchObject({ isOk: false, output: expect.stringContaining('its time was up') });
    expect(runs.shown).toBe('begun\n');
    const call = prepareCall('run_command', { command: 'echo begun; sleep 30' });
    const abandoned = context({ signal: AbortSignal.timeout(400) });
    await expect(call.execute(abandoned)).rejects.toThrow();
    const outcome = await call.cancel({ ...abandoned, signal: new AbortController().signal });
    expect(outcome).toMatch(/^begun\n\[ended by signal/);
  });

  it('output is told without escape sequences', async () => {
    const command = 'export TERM=xterm; tput bold; echo hi; tput sgr0';
    expect((await run('run_command', { command })).output).toMatch(/^hi\n\[exit code 0, /);
  });

  it('the whole of a long output is kept in a file', async () => {
    const { output } = await run('run_command', { command: 'seq 1 40000' });
    expect(output).toContain('\n40000\n');
    const file = /the whole of it is in (\S+):/.exec(output)?.[1] ?? '';
    const read = await run('read_file', { path: file, offset: 39_999 });
    expect(read.output).toBe(' 39999\t39999\n 40000\t40000');
  });

  it('a command in the background is started, looked at and stopped', async () => {
    const started = await run('run_command', { command: 'echo up; sleep 60', background: true });
    const id = /cmd_\w{26}/.exec(started.output)?.[0] ?? '';
    expect(started).toMatchObject({ isOk: true, output: expect.stringMatching(/^up\n\[still running/) });
    expect((await run('run_command', { command_id: id, timeout_seconds: 1 })).output).toContain(
      'still running',
    );
    expect((await run('run_command', { command_id: id, stop: true })).output).toContain('ended by signal');
    await expect(run('run_command', { command_id: newId('command') })).rejects.toSatisfy(
      codeOf('command_not_found'),
    );
  });
});
