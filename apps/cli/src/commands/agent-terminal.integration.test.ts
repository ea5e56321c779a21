import { describe, expect, it } from 'vitest';
import { calls, says, script, setUpAgentScene } from '../../testing/agent-scene.ts';
import { CTRL_C } from '../../testing/podex-terminal.ts';

const getScene = setUpAgentScene();
/** Each test starts several programs. */
const SLOW = { timeout: 400_000 };
const QUESTION = '[d]etach: ';

describe('podex agent on a terminal', SLOW, () => {
  it('shows what is asked for, and does what the person decides', async () => {
    const scene = await getScene();
    await scene.real.writeFile('notes.txt');
    scene.real.llm.setScript({
      rules: script(
        'notes',
        [calls('write_file', { path: 'draft.txt', content: 'one\ntwo\n' })],
        [calls('edit_file', { path: 'draft.txt', old_text: 'two', new_text: 'three' })],
        [calls('run_command', { command: 'echo \u001b[2Kshown' })],
        [calls('run_command', { command: 'echo again' })],
        [says('Over.')],
      ),
    });
    using terminal = scene.onTerminal('agent', 'write notes');
    await terminal.read(QUESTION);
    expect(terminal.text).toContain('Write draft.txt');
    expect(terminal.raw).toContain('\u001b[32m+one\u001b[39m');
    terminal.type('\r');
    await terminal.read(QUESTION);
    terminal.type('y\r');
    await terminal.read('✓');
    await terminal.read('-two');
    await terminal.read('+three');
    await terminal.read(QUESTION);
    terminal.type('n\r');
    await terminal.read('(denied)');
    await terminal.read('$ echo ␛[2Kshown');
    await terminal.read(QUESTION);
    terminal.type('a\r');
    await terminal.read('every run_command, in this conversation');
    await terminal.read('Which?');
    const [choice = ''] = /\d(?=\) every run_command, in this conversation)/.exec(terminal.text) ?? [];
    terminal.type(`${choice}\r`);
    await terminal.read('Over.');
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).toContain('✓ Run: echo again');
    expect(await scene.real.readFile('draft.txt')).toBe('one\ntwo\n');
  });

  it('leaves at the question, takes it away when it is decided elsewhere, and cancels with Ctrl-C', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({
      rules: script(
        'leave',
        [calls('run_command', { command: 'echo first' })],
        [calls('run_command', { command: 'echo second' })],
        [calls('run_command', { command: 'echo third' })],
      ),
    });
    using first = scene.onTerminal('agent', 'leave');
    await first.read(QUESTION);
    first.type('d\r');
    expect(await first.end()).toBe(5);

    using second = scene.onTerminal('agent', '--continue');
    await second.read('$ echo first');
    await second.read(QUESTION);
    const { items } = await scene.real.ask('GET', '/api/approvals?status=pending');
    await scene.real.ask('POST', `/api/approvals/${items[0].id}`, { decision: 'approve' });
    await second.read('$ echo second');
    await second.read(QUESTION);
    second.type('yes\r');
    await second.read('$ echo third');
    await second.read(QUESTION);
    second.type(CTRL_C);
    await second.read('The turn was cancelled');
    expect(await second.end()).toBe(130);
  });

  it('cancels what runs with one Ctrl-C', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({
      rules: script('sleep', [calls('run_command', { command: 'echo begun > begun.txt; sleep 600' })]),
    });
    using terminal = scene.onTerminal('agent', '--mode', 'auto', 'sleep');
    await terminal.read('… Run: echo begun');
    await scene.real.waitForFile('begun.txt');
    terminal.type(CTRL_C);
    await terminal.read('Cancelling the turn');
    await terminal.read('(cancelled)');
    expect(await terminal.end()).toBe(130);
  });
});
