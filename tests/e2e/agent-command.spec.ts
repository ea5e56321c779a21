import path from 'node:path';
import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import { conversationEvent } from '@podex/contracts/events';
import { EMPTY_TRANSCRIPT } from '@podex/contracts/transcript';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CTRL_C, PodexTerminal } from '../../apps/cli/testing/podex-terminal.ts';
import { eventually } from '../../services/api/testing/eventually.ts';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import type { Person } from '../stack/person.ts';
import { everyScript } from '../stack/scripts.ts';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  readText,
  runToEnd,
  writeText,
} from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MAIN = path.join(REPOSITORY, 'apps/cli/src/main.ts');
const QUESTION = '[d]etach: ';

let model: LlmDouble;
let stack: Stack;
let person: Person;
let workspaceId: string;
let environment: Record<string, string>;

beforeAll(async () => {
  model = await startLlmDouble({ script: everyScript });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1` });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'agent-command');
  const home = temporaryFolder('agent-command');
  environment = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    PODEX_HOME: home,
    XDG_CONFIG_HOME: home,
    PODEX_URL: stack.apiUrl,
    PODEX_TOKEN: person.token,
  };
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
  await model?.stop();
});

const onTerminal = (...words: string[]) => new PodexTerminal(['agent', ...words], environment);

describe('podex agent against real workspaces', () => {
  it('asks for an approval on the terminal, and carries on behind an api that was killed meanwhile', async () => {
    await writeText(person, workspaceId, 'README.md', '# Hello\n');
    using terminal = onTerminal('Please greet Podex in the README');
    await terminal.read('✓ Read README.md');
    await terminal.read('-# Hello');
    await terminal.read('+# Hello Podex');
    await terminal.read(QUESTION);
    await stack.api.kill();
    await terminal.read('The connection to Podex broke');
    await stack.api.start();
    await terminal.read('Connected again');
    expect(await readText(person, workspaceId, 'README.md')).toBe('# Hello\n');
    terminal.type('y\r');
    await terminal.read('The README greets Podex now.');
    expect(await terminal.end()).toBe(0);
    expect(await readText(person, workspaceId, 'README.md')).toBe('# Hello Podex\n');
  });

  it('repeats and loses nothing of a text in whose middle api is killed', async () => {
    const running = execa(process.execPath, [MAIN, 'agent', '--json', 'count slowly'], {
      reject: false,
      extendEnv: false,
      input: '',
      env: environment,
    });
    let seen = '';
    running.stdout.on('data', (chunk) => {
      seen += String(chunk);
    });
    await eventually(() => seen).toContain('number-5 ');
    await stack.api.kill();
    await stack.api.start();
    const { stdout, exitCode } = await running;
    expect(exitCode).toBe(0);
    const events = stdout.split('\n').map((line) => JSON.parse(line));
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other));
    const said = events
      .map((event) => conversationEvent.parse(event))
      .reduce(applyConversationEvent, EMPTY_TRANSCRIPT)
      .turns.flatMap(({ items }) => items.flatMap((item) => (item.type === 'text' ? [item.text] : [])));
    expect(said.join('')).toBe(Array.from({ length: 60 }, (_, index) => `number-${index}`).join(' '));
  });

  it('ends the command in the workspace with Ctrl-C', async () => {
    using terminal = onTerminal('--mode', 'auto', 'append a line');
    await terminal.read('… Run: echo line');
    await eventually(() => readText(person, workspaceId, 'lines.txt').catch(() => '')).toBe('line\n');
    terminal.type(CTRL_C);
    await terminal.read('The turn was cancelled');
    expect(await terminal.end()).toBe(130);
    const { output } = await runToEnd(person, workspaceId, 'pgrep -x sleep || echo none');
    expect(output).toBe('none\n');
  });
});
