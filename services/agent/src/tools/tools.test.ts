import { PodexError } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TURN_CAPABILITY } from '../../testing/turns-api-double.ts';
import { WorkspaceDouble } from '../../testing/workspace-double.ts';
import { WorkspaceClient } from '../workspace/workspace-client.ts';
import { KnownFiles } from './known-files.ts';
import { type RunContext, ToolInputError } from './tool.ts';
import { prepareCall, TOOLS } from './tools.ts';

let double: WorkspaceDouble;
let shown = '';
beforeAll(async () => {
  double = await WorkspaceDouble.start();
});
afterAll(() => double.stop());

function context(overrides: Partial<RunContext> = {}): RunContext {
  return {
    workspace: new WorkspaceClient({
      baseUrl: double.url,
      capability: () => TURN_CAPABILITY,
      onSuperseded: () => undefined,
      workspaceId: newId('workspace'),
    }),
    toolCallId: newId('toolCall'),
    files: new KnownFiles(),
    approvedFile: null,
    signal: new AbortController().signal,
    isResumed: false,
    answer: null,
    isReadOnly: false,
    onOutput: async (text) => {
      shown += text;
    },
    ...overrides,
  };
}

const run = (tool: string, input: Record<string, unknown>, overrides?: Partial<RunContext>) =>
  prepareCall(tool, input).execute(context(overrides));

describe('every tool', () => {
  it('describes its input as a plain JSON Schema object', () => {
    for (const { inputSchema } of TOOLS) {
      expect(inputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
      expect(JSON.stringify(inputSchema)).not.toContain('$ref');
    }
  });

  it('refuses what does not fit, in words for the model', () => {
    expect(() => prepareCall('read_file', { path: 5 })).toThrow(ToolInputError);
    expect(() => prepareCall('run_command', {})).toThrow(/give either command or command_id/);
    expect(() => prepareCall('run_command', { command_id: 'cmd_x' })).toThrow(/command_id/);
  });
});

describe('read_file', () => {
  it('numbers lines and says how to go on', async () => {
    await double.write('five.txt', 'a\nb\nc\nd\ne\n');
    expect(await run('read_file', { path: '~/five.txt' })).toMatchObject({
      isOk: true,
      output: '     1\ta\n     2\tb\n     3\tc\n     4\td\n     5\te',
    });
    const part = await run('read_file', { path: 'five.txt', offset: 2, limit: 2 });
    expect(part.output).toBe('     2\tb\n     3\tc\n[Lines 2 to 3 of 5. Go on with offset 4.]');
    expect(await run('read_file', { path: 'five.txt', offset: 9 })).toMatchObject({ isOk: false });
  });

  it('is bounded, and refuses what is not text', async () => {
    await double.write('wide.txt', `${'x'.repeat(5000)}\n`.repeat(100));
    const { output } = await run('read_file', { path: 'wide.txt' });
    expect(output.length).toBeLessThanOrEqual(50_000);
    expect(output).toContain('3000 more characters in this line');
    await double.write('image.png', '\u0000PNG');
    expect(await run('read_file', { path: 'image.png' })).toMatchObject({ isOk: false });
    await expect(run('read_file', { path: '.' })).rejects.toSatisfy((error) =>
      PodexError.has(error, 'file_is_directory'),
    );
  });
});

describe('write_file and edit_file', () => {
  it('show what they will do, then do it', async () => {
    const write = prepareCall('write_file', { path: 'new/a.txt', content: 'one\n' });
    expect(await write.preview(context())).toEqual({
      type: 'diff',
      path: 'new/a.txt',
      before: null,
      after: 'one\n',
    });
    expect((await write.execute(context())).output).toBe('Wrote /home/dev/new/a.txt (4 bytes).');
    const edit = prepareCall('edit_file', { path: 'new/a.txt', old_text: 'one', new_text: 'two' });
    expect(await edit.preview(context())).toEqual({
      type: 'diff',
      path: 'new/a.txt',
      etag: expect.any(String),
      before: 'one\n',
      after: 'two\n',
    });
    await edit.execute(context());
    expect(await double.read('new/a.txt')).toBe('two\n');
  });

  it('edit once, however often the call is repeated', async () => {
    await double.write('once.txt', 'x');
    const edit = { path: 'once.txt', old_text: 'x', new_text: 'xx' };
    const same = { toolCallId: newId('toolCall') };
    await run('edit_file', edit, same);
    expect((await run('edit_file', edit, same)).output).toContain('replaced once');
    expect(await double.read('once.txt')).toBe('xx');
  });

  it('show the passage alone where the workspace cannot preview, and change nothing', async () => {
    double.isOld = true;
    await double.write('old.txt', 'a x b');
    const preview = await prepareCall('edit_file', { path: 'old.txt', old_text: 'x', new_text: 'y' }).preview(
      context(),
    );
    double.isOld = false;
    expect(preview).toEqual({ type: 'diff', path: 'old.txt', before: 'x', after: 'y' });
    expect(await double.read('old.txt')).toBe('a x b');
  });

  it('know beforehand that an edit cannot succeed', async () => {
    await double.write('twice.txt', 'x x');
    const preview = (input: Record<string, unknown>) => prepareCall('edit_file', input).preview(context());
    const codeOf = (code: PodexError['code']) => (error: unknown) => PodexError.has(error, code);
    await expect(preview({ path: 'twice.txt', old_text: 'y', new_text: '' })).rejects.toSatisfy(
      codeOf('text_not_found'),
    );
    await expect(preview({ path: 'twice.txt', old_text: 'x', new_text: '' })).rejects.toSatisfy(
      codeOf('text_not_unique'),
    );
    await expect(preview({ path: 'none.txt', old_text: 'x', new_text: '' })).rejects.toSatisfy(
      codeOf('file_not_found'),
    );
    const all = { path: 'twice.txt', old_text: 'x', new_text: 'z', replace_all: true };
    expect(await preview(all)).toMatchObject({ after: 'z z' });
  });
});

describe('list_files and grep', () => {
  it('show names with sizes, and matches with lines', async () => {
    await double.write('tree/src/main.ts', 'const answer = 42;\n');
    await double.write('tree/README.md', 'x'.repeat(2048));
    expect((await run('list_files', { path: 'tree' })).output).toBe(
      '/home/dev/tree:\nREADME.md  2.0 KB\nsrc/',
    );
    expect((await run('grep', { pattern: 'answer = \\d+' })).output).toContain(
      '/home/dev/tree/src/main.ts:1: const answer = 42;',
    );
    expect((await run('grep', { pattern: 'nothing-like-it' })).output).toBe('No matches.');
  });
});

describe('run_command', () => {
  it('gives output and exit code; a failing command is a failed call', async () => {
    const failing = await run('run_command', { command: 'echo out; echo err >&2; exit 3', cwd: '~' });
    expect(failing.isOk).toBe(false);
    expect(failing.output).toMatch(/^out\nerr\n\[exit code 3, \d+\.\d s\]$/);
  });

  it('shows output while it runs, and ends what takes too long', async () => {
    shown = '';
    const result = await run('run_command', { command: 'echo begun; sleep 20', timeout_seconds: 1 });
    expect(shown).toBe('begun\n');
    expect(result).toMatchObject({ isOk: false, output: expect.stringContaining('its time was up') });
  });

  it('joined again, shows only what comes from then on, and runs once', async () => {
    const same = { toolCallId: newId('toolCall') };
    const call = { command: 'echo x >> ran.txt; echo first; sleep 0.6; echo second' };
    const abandoned = new AbortController();
    const first = run('run_command', call, { ...same, signal: abandoned.signal });
    setTimeout(() => abandoned.abort(new Error('killed')), 300);
    await expect(first).rejects.toThrow('killed');
    shown = '';
    const result = await run('run_command', call, { ...same, isResumed: true });
    expect(shown).toBe('second\n');
    expect(result.output).toContain('first\nsecond\n');
    expect(await double.read('ran.txt')).toBe('x\n');
  });

  it('cancelled, ends its command; one that never started is no matter', async () => {
    const call = prepareCall('run_command', { command: 'echo begun; sleep 30' });
    const controller = new AbortController();
    const running = context({ signal: controller.signal });
    const executing = call.execute(running);
    setTimeout(() => controller.abort(new Error('cancelled')), 400);
    await expect(executing).rejects.toThrow('cancelled');
    expect(await call.cancel({ ...running, signal: new AbortController().signal })).toMatch(
      /^begun\n\[ended by signal/,
    );
    expect(await call.cancel(context())).toBeUndefined();
  });
});
