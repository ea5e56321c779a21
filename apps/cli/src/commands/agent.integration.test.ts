import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../services/api/testing/eventually.ts';
import { PAGE_ORIGIN } from '../../../../services/api/testing/test-api.ts';
import { type AgentScene, calls, says, script, setUpAgentScene } from '../../testing/agent-scene.ts';
import { BreakingRelay } from '../../testing/breaking-relay.ts';

const getScene = setUpAgentScene();
/** Each test starts several programs. */
const SLOW = { timeout: 400_000 };

const WRITES = script(
  'greet',
  [says('I write it.'), calls('write_file', { path: 'greeting.txt', content: 'hello\n' })],
  [calls('run_command', { command: 'cat greeting.txt; seq 20' })],
  [{ type: 'reasoning', text: 'That was easy.' }, says('It says hello.')],
);
const NUMBERS = Array.from({ length: 60 }, (_, index) => `number-${index}`).join(' ');
const COUNTS = script('count', { parts: [says(NUMBERS)], chunk_delay_ms: 100 });
const SLOW_DOWN = { error: { status: 429, message: 'slow down', retry_after_seconds: 300 } };

async function newestConversation({ real, workspaceId }: AgentScene): Promise<string> {
  const { items } = await real.ask('GET', `/api/workspaces/${workspaceId}/conversations`);
  return items[0].id;
}

describe('podex agent', SLOW, () => {
  it('shows what the agent says and does, and ends with its turn', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({ rules: WRITES });
    const { stdout, stderr, exitCode } = await scene.podex('agent', '--mode', 'auto', 'greet me');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'I write it.',
      '✓ Write greeting.txt (6 bytes)',
      '  +hello',
      '✓ Run: cat greeting.txt; seq 20',
      '  … 12 more lines',
      ...Array.from({ length: 9 }, (_, index) => `  ${index + 12}`),
      expect.stringMatching(/^ {2}\[exit code 0/),
      'It says hello.',
    ]);
    expect(await scene.real.readFile('greeting.txt')).toBe('hello\n');

    const id = await newestConversation(scene);
    const shown = await scene.podex('conversations', 'show', id, '--reasoning');
    expect(shown.stdout).toBe(`> greet me\n${stdout.replace('It says', 'That was easy.\nIt says')}`);
    const { conversation, turns } = JSON.parse(
      (await scene.podex('conversations', 'show', id, '--json')).stdout,
    );
    expect([conversation.id, turns.length, turns[0].status]).toEqual([id, 1, 'completed']);
    const listed = await scene.podex('conversations', 'list');
    expect(listed.stdout).toMatch(new RegExp(`^${id} +auto +idle .* greet me$`, 'm'));
  });

  it('prints the events of the platform, and goes on where the connection broke', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({ rules: COUNTS });
    await using relay = await BreakingRelay.start(scene.real.api.baseUrl);
    const running = scene.podexAt(relay.url, 'agent', '--json', 'count');
    let seen = '';
    running.stdout.on('data', (chunk) => {
      seen += String(chunk);
    });
    for (const breaking of ['number-5 ', 'number-20 ']) {
      await eventually(() => seen).toContain(breaking);
      relay.break();
      await eventually(() => seen.length).toBeGreaterThan(0);
      relay.mend();
    }
    const { stdout, stderr, exitCode } = await running;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The connection to Podex broke; trying again');
    expect(stderr).toContain('Connected again');
    const printed = stdout.split('\n').map((line) => JSON.parse(line));
    const seqs = printed.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other));
    // Of a text that is whole, api keeps the end alone.
    const kept = await scene.real.eventsOf(await newestConversation(scene));
    expect(printed.filter(({ type }) => type !== 'text.delta')).toEqual(kept);
    expect(kept.find(({ type }) => type === 'text.end')).toMatchObject({ text: NUMBERS });
  });

  it('repeats and loses nothing of a text whose connection broke', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({ rules: COUNTS });
    await using relay = await BreakingRelay.start(scene.real.api.baseUrl);
    const running = scene.podexAt(relay.url, 'agent', 'count');
    let seen = '';
    running.stdout.on('data', (chunk) => {
      seen += String(chunk);
    });
    await eventually(() => seen).toContain('number-7 ');
    relay.break();
    relay.mend();
    const { stdout, exitCode } = await running;
    expect([exitCode, stdout]).toEqual([0, NUMBERS]);
  });

  it('says how to approve where it can ask nobody, and is followed again', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({
      rules: script(
        'greet',
        [says('I write it.'), calls('write_file', { path: 'approved.txt', content: 'hello\n' })],
        [calls('run_command', { command: 'cat approved.txt' })],
        [says('As you like.')],
      ),
    });
    const left = await scene.podex('agent', '--no-wait', 'greet me');
    expect(left.exitCode).toBe(5);
    expect(left.stdout).toBe('I write it.');
    const id = /podex approvals approve (apr_\w+)/.exec(left.stderr)?.[1] ?? '';
    const conversation = await newestConversation(scene);
    expect(left.stderr).toContain(`podex agent --conversation ${conversation}`);

    expect((await scene.podex('approvals', 'list')).stdout).toMatch(
      new RegExp(`^${id} +${conversation} +Write approved.txt`, 'm'),
    );
    const shown = await scene.podex('approvals', 'show', id);
    expect(shown.stdout).toContain('+hello');
    expect(shown.stdout).toContain(
      '--remember tool --scope conversation: every write_file, in this conversation',
    );
    const body = { name: 'phone', scopes: ['approve'] };
    const { api, person } = scene.real;
    const headers = { cookie: person.cookie, origin: PAGE_ORIGIN };
    const { secret } = (await api.ask('POST', '/api/tokens', { headers, body })).body;
    const approved = await scene.podex('approvals', 'approve', id, '--remember', 'tool', '--token', secret);
    expect([approved.stderr, approved.stdout]).toEqual(['', `${id} is approved`]);

    const second = await scene.podex('agent', '--no-wait', '--conversation', conversation);
    expect([second.exitCode, second.stdout]).toEqual([5, expect.stringContaining('✓ Write approved.txt')]);
    const denied = /podex approvals deny (apr_\w+)/.exec(second.stderr)?.[1] ?? '';
    expect((await scene.podex('approvals', 'deny', denied)).stdout).toBe(`${denied} is denied`);
    await scene.real.waitForEvent(conversation, 'turn.completed');
    const again = await scene.podex('agent', '--conversation', conversation);
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('Nothing runs')]);
    const rules = await scene.podex('rules', 'list', '--conversation', conversation);
    expect(rules.stdout).toMatch(/allow {2}write_file/);
    expect((await scene.podex('approvals', 'show', id)).exitCode).toBe(2);
    expect((await scene.podex('approvals', 'approve', 'x')).exitCode).toBe(2);
  });

  it('starts a turn and leaves it, and continues the newest conversation', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({ rules: COUNTS });
    const begun = await scene.podex('agent', '--detach', '--json', '--mode', 'auto', 'count');
    const ids = JSON.parse(begun.stdout);
    expect(ids).toEqual({
      workspace_id: scene.workspaceId,
      conversation_id: await newestConversation(scene),
      turn_id: expect.stringMatching(/^trn_/),
    });
    const followed = await scene.podex('agent', '--continue');
    expect([followed.exitCode, followed.stdout]).toEqual([0, expect.stringContaining(NUMBERS)]);
    const next = await scene.podex('agent', '--continue', '--mode', 'ask', 'count on');
    expect([next.exitCode, next.stdout]).toEqual([0, NUMBERS]);
    const { mode, id } = await scene.real.ask('GET', `/api/conversations/${ids.conversation_id}`);
    expect([mode, id]).toEqual(['ask', await newestConversation(scene)]);
  });

  it('tells by its exit code how the turn ended', async () => {
    const scene = await getScene();
    const refuse = { error: { status: 401, message: 'no such key' } };
    scene.real.llm.setScript({ rules: [{ when: { user: 'later' }, reply: SLOW_DOWN }, { reply: refuse }] });
    const failed = await scene.podex('agent', 'try');
    expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining('no such key')]);

    const waiting = await scene.podex('agent', '--no-wait', 'later');
    expect([waiting.exitCode, waiting.stderr]).toEqual([
      6,
      expect.stringMatching(/Waiting to try again, (at|on) .*slow down.* It continues without you/),
    ]);
    const running = scene.podex('agent', '--continue');
    let said = '';
    running.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    await eventually(() => said).toContain('Ctrl-C leaves it running');
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(6);

    scene.real.llm.setScript({ rules: COUNTS });
    const cancelled = scene.podex('agent', 'count');
    await eventually(
      async () => (await scene.real.eventsOf(await newestConversation(scene))).length,
    ).toBeGreaterThan(6);
    cancelled.kill('SIGINT');
    const { exitCode, stderr } = await cancelled;
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('The turn was cancelled')]);
    await scene.real.waitForEvent(await newestConversation(scene), 'turn.cancelled');
  });

  it('tells who is not signed in, and what was typed wrong', async () => {
    const scene = await getScene();
    const unknown = await scene.podex('agent', '--token', `pdx_${'x'.repeat(43)}`, 'hello');
    expect([unknown.exitCode, unknown.stderr]).toEqual([4, expect.stringContaining('podex login')]);
    const wrong: string[][] = [
      [],
      ['--mode', 'wild', 'x'],
      ['two', 'texts'],
      ['--conversation', 'cnv_x', 'x'],
      ['--continue', '--new', 'x', 'x'],
      ['--workspace', 'shop', '--new', 'x', 'x'],
    ];
    const codes = await Promise.all(
      wrong.map(async (words) => (await scene.podex('agent', ...words)).exitCode),
    );
    expect(codes).toEqual(wrong.map(() => 2));
    const nobody = await scene.podexAt('http://127.0.0.1:9', 'agent', 'x');
    expect(nobody.exitCode).toBe(3);
    const help = await scene.podex('agent', '--help');
    expect(help.stdout).toContain('Exit codes');
  });
});
