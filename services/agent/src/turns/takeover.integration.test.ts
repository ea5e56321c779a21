import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '@podex/contracts/ids';
import { TURN_ATTEMPT_HEADER } from '@podex/contracts/internal/turn-attempt';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterEach, expect, it } from 'vitest';
import { text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';
import { setUpReal } from '../../testing/real-setup.ts';

const LEASE_MS = 8000;

const getSetup = setUpReal();
afterEach(() => getSetup().killProcesses());

/** One step with these commands, then the last word. */
function scriptCommands(...commands: string[]): void {
  const parts = commands.map((command) => toolCall('run_command', { command }));
  getSetup().llm.setScript({
    rules: [
      { when: { tool_results: 0 }, reply: { parts } },
      { when: { tool_results: commands.length }, reply: { parts: [text('Done.')] } },
    ],
  });
}

const until = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function begin(): Promise<string> {
  const conversation = await getSetup().newConversation('auto');
  await getSetup().ask('POST', `/api/conversations/${conversation}/messages`, { text: 'go' });
  return conversation;
}

it('a killed worker is followed by another, which joins the command', async () => {
  scriptCommands(`echo x >> killed.txt; ${until('enough')}; echo end`);
  const doomed = getSetup().startProcess();
  const conversation = await begin();
  await getSetup().waitForFile('killed.txt');
  getSetup().startProcess();
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  await getSetup().waitForEvent(conversation, 'turn.started', 2);
  await getSetup().writeFile('enough');
  const events = await getSetup().waitForEvent(conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  expect(await getSetup().readFile('killed.txt')).toBe('x\n');
}, 90_000);

it('five workers that are killed in one long command do not fail its turn', async () => {
  scriptCommands(`echo x >> five.txt; ${until('enough-of-five')}; echo end`);
  const conversation = await begin();
  for (let kills = 1; kills <= 6; kills += 1) {
    const doomed = getSetup().startProcess();
    await getSetup().waitForEvent(conversation, 'turn.started', kills);
    await getSetup().waitForFile('five.txt');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
  }
  getSetup().startProcess();
  await getSetup().waitForEvent(conversation, 'turn.started', 7);
  await getSetup().writeFile('enough-of-five');
  const events = await getSetup().waitForEvent(conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  expect(await getSetup().readFile('five.txt')).toBe('x\n');
}, 120_000);

it('a frozen worker that comes back leaves its attempt, and is given its turn again', async () => {
  scriptCommands(`touch begun; ${until('thawed')}`, 'echo x >> frozen.txt');
  const frozen = getSetup().startProcess();
  const conversation = await begin();
  await getSetup().waitForFile('begun');
  frozen.kill('SIGSTOP');
  await delay(LEASE_MS + 1000);
  await getSetup().writeFile('thawed');
  frozen.kill('SIGCONT');
  const events = await getSetup().waitForEvent(conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  const order = events
    .map((event) => event.type)
    .filter((type) => ['turn.started', 'tool_call.end', 'turn.completed'].includes(type));
  expect(order).toEqual(['turn.started', 'turn.started', 'tool_call.end', 'tool_call.end', 'turn.completed']);
  expect(await getSetup().readFile('frozen.txt')).toBe('x\n');
}, 90_000);

it('a frozen worker whose turn another has finished writes nothing when it comes back', async () => {
  scriptCommands(`touch begun-too; ${until('frozen-too')}`, 'echo x >> finished.txt');
  const frozen = getSetup().startProcess();
  const conversation = await begin();
  await getSetup().waitForFile('begun-too');
  frozen.kill('SIGSTOP');
  await getSetup().writeFile('frozen-too');
  const next = getSetup().startProcess();
  const events = await getSetup().waitForEvent(conversation, 'turn.completed');
  expect(events.filter((event) => event.type === 'turn.started')).toHaveLength(2);
  next.kill('SIGKILL');
  await once(next, 'exit');
  frozen.kill('SIGCONT');
  // Whatever was left of the other turn it has done when it has finished this one.
  await getSetup().waitForEvent(await begin(), 'turn.completed');
  expect(await getSetup().eventsOf(conversation)).toEqual(events);
  expect(await getSetup().readFile('finished.txt')).toBe('x\nx\n');
}, 90_000);

/** A worker that is frozen when its write has left it and has not come to the workspace. */
async function freezeInWrite(name: string) {
  getSetup().llm.setScript({
    rules: [
      {
        when: { tool_results: 0 },
        reply: { parts: [toolCall('write_file', { path: name, content: 'late' })] },
      },
      { when: { tool_results: 1 }, reply: { parts: [text('Done.')] } },
    ],
  });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: caught, resolve: onCaught } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const { gateway } = getSetup();
  gateway.onForward = async (method, path) => {
    if (method !== 'PUT' || !path.includes(name)) return;
    gateway.onForward = async (next, to) => void seen.push(`${next} ${to}`);
    onCaught();
    await released;
  };
  const worker = getSetup().startProcess();
  const conversation = await begin();
  await caught;
  worker.kill('SIGSTOP');
  return { worker, conversation, seen, release };
}

async function isFirstAttemptRefused(turn: string): Promise<true | undefined> {
  const headers = { [TURN_ATTEMPT_HEADER]: `${turn}/1` };
  const path = `/commands/${newId('command')}`;
  const { code } = await getSetup().gateway.daemon.client.send('DELETE', path, { headers });
  return code === 'attempt_superseded' ? true : undefined;
}

it.each([
  ['another worker closes', 'another.txt', /^GET \/files\?/],
  ['api closes', 'nobody.txt', /^DELETE \/commands\//],
])(
  'the write of a frozen worker comes to nothing after %s its cancelled turn',
  async (_, name, announced) => {
    const { worker, conversation, seen, release } = await freezeInWrite(name);
    const { active_turn: turn } = await getSetup().ask('GET', `/api/conversations/${conversation}`);
    await getSetup().ask('POST', `/api/turns/${turn.id}/cancel`);
    if (name === 'another.txt') getSetup().startProcess();
    const events = await getSetup().waitForEvent(conversation, 'turn.cancelled');
    await waitUntil(() => isFirstAttemptRefused(turn.id), { timeoutMs: 20_000, everyMs: 50 });
    expect(seen).toContainEqual(expect.stringMatching(announced));
    release();
    worker.kill('SIGCONT');
    scriptCommands('true');
    getSetup().startProcess();
    await getSetup().waitForEvent(await begin(), 'turn.completed');
    expect(await getSetup().eventsOf(conversation)).toEqual(events);
    await expect(getSetup().readFile(name)).rejects.toThrow('ENOENT');
  },
  90_000,
);

it('a worker whose attempt the workspace knows to be over takes its turn for lost, and says nothing of it to the model', async () => {
  scriptCommands('echo x >> superseded.txt');
  const { gateway } = getSetup();
  gateway.onForward = async (method) => {
    if (method !== 'PUT') return;
    gateway.onForward = async () => undefined;
    const { active_turn: turn } = await getSetup().ask('GET', `/api/conversations/${await conversation}`);
    await gateway.daemon.client.send('GET', '/files?path=.', {
      headers: { [TURN_ATTEMPT_HEADER]: `${turn.id}/2` },
    });
  };
  getSetup().startProcess();
  const conversation = begin();
  const events = await getSetup().waitForEvent(await conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  const ends = events.filter((event) => ['turn.started', 'tool_call.end'].includes(event.type));
  expect(ends).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { status: 'completed' }]);
  expect(await getSetup().readFile('superseded.txt')).toBe('x\n');
}, 90_000);

it('a turn that is cancelled while no worker lives ends, and its command with it', async () => {
  scriptCommands('echo $$ > pid.txt; exec sleep 600');
  const doomed = getSetup().startProcess();
  const conversation = await begin();
  await getSetup().waitForFile('pid.txt');
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  const { active_turn: turn } = await getSetup().ask('GET', `/api/conversations/${conversation}`);
  await getSetup().ask('POST', `/api/turns/${turn.id}/cancel`);
  const events = await getSetup().waitForEvent(conversation, 'turn.cancelled');
  expect(events.slice(-3).map((event) => event.type)).toEqual([
    'tool_call.end',
    'step.finished',
    'turn.cancelled',
  ]);
  const pid = Number(await getSetup().readFile('pid.txt'));
  await waitUntil(async () => (isRunning(pid) ? undefined : true), { timeoutMs: 20_000, everyMs: 50 });
}, 90_000);

it('turns whose model asks for a long pause leave the worker to the others', async () => {
  getSetup().llm.setScript({
    rules: [
      {
        when: { user: 'later' },
        reply: { error: { status: 429, message: 'slow down', retry_after_seconds: 45 } },
      },
      { reply: { parts: [text('Hello.')] } },
    ],
  });
  const conversation = await getSetup().newConversation('auto');
  const { workspace_id: workspace } = await getSetup().ask('GET', `/api/conversations/${conversation}`);
  const say = async (said: string) => {
    const { id } = await getSetup().ask('POST', `/api/workspaces/${workspace}/conversations`, {
      mode: 'auto',
    });
    await getSetup().ask('POST', `/api/conversations/${id}/messages`, { text: said });
    return id;
  };
  await getSetup().startAgent();
  const waiting = await Promise.all(Array.from({ length: 16 }, () => say('later')));
  await Promise.all(waiting.map((id) => getSetup().waitForEvent(id, 'turn.waiting')));
  await getSetup().waitForEvent(await say('now'), 'turn.completed');
  for (const id of waiting) {
    const { active_turn: turn } = await getSetup().ask('GET', `/api/conversations/${id}`);
    expect(turn).toMatchObject({ status: 'waiting', waiting: { reason: 'retry' } });
    await getSetup().ask('POST', `/api/turns/${turn.id}/cancel`);
  }
}, 60_000);
