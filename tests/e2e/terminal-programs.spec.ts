import { type Command, command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { terminal } from '@podex/contracts/terminals';
import headless from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  lookAtCommand,
  runToEnd,
  writeText,
} from '../stack/workspace-actions.ts';

const [COLS, ROWS] = [90, 24];

let stack: Stack;
let person: Person;
let workspaceId: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'programs');
  const lines = Array.from({ length: 400 }, (_, line) => `line ${line + 1} ✅ 汉字 naïve`);
  await writeText(person, workspaceId, 'long.txt', `${lines.join('\n')}\n`);
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
});

/** A viewer whose screen is drawn as a page draws it. */
class DrawnTerminal implements Disposable {
  readonly #emulator = new headless.Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true });
  readonly client: TerminalClient;

  private constructor(id: string) {
    this.client = new TerminalClient(stack.apiUrl, person.token, workspaceId, id);
    this.client.onDraw = (bytes, isScreen) => {
      if (isScreen) this.#emulator.reset();
      this.#emulator.write(bytes);
    };
  }

  static async attach(id: string): Promise<DrawnTerminal> {
    const drawn = new DrawnTerminal(id);
    await drawn.client.attach();
    drawn.client.control({ type: 'resize', cols: COLS, rows: ROWS });
    return drawn;
  }

  /** The lines of its screen, where the cursor stands, and what programs have set. */
  async shown(): Promise<object> {
    await new Promise<void>((resolve) => this.#emulator.write('', resolve));
    const { active } = this.#emulator.buffer;
    const { applicationCursorKeysMode, bracketedPasteMode, mouseTrackingMode } = this.#emulator.modes;
    return {
      lines: Array.from(
        { length: ROWS },
        (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
      ),
      cursor: [active.cursorX, active.cursorY],
      isAlternate: active.type === 'alternate',
      modes: { applicationCursorKeysMode, bracketedPasteMode, mouseTrackingMode },
    };
  }

  async text(): Promise<string> {
    return JSON.stringify(await this.shown());
  }

  [Symbol.dispose](): void {
    this.client.leave();
    this.#emulator.dispose();
  }
}

async function openTerminal(): Promise<string> {
  const { data } = await person.client.POST('/api/workspaces/{workspace_id}/terminals', {
    params: { path: { workspace_id: workspaceId } },
    body: { shell: 'bash', cols: COLS, rows: ROWS },
  });
  return terminal.parse(data).id;
}

const until = (drawn: DrawnTerminal, text: string) =>
  expect.poll(() => drawn.text(), { timeout: 20_000, interval: 20 }).toContain(text);

/** Asserts that all show the same, once the program is at rest. */
async function untilAlike(...all: DrawnTerminal[]): Promise<void> {
  const differing = async () => {
    const [first, ...others] = await Promise.all(all.map((one) => one.shown()));
    return others
      .filter((other) => JSON.stringify(other) !== JSON.stringify(first))
      .map((other) => [other, first]);
  };
  await expect.poll(differing, { timeout: 20_000, interval: 50 }).toEqual([]);
}

interface Program {
  name: string;
  begin: string;
  isUp: string;
  /** Each is typed while one viewer is away. */
  keys: { typed: string; shows: string }[];
  end: string;
}

const PROGRAMS: Program[] = [
  {
    name: 'vim',
    begin: 'vim.tiny long.txt\r',
    isUp: 'line 1 ✅',
    keys: [
      { typed: '200G', shows: 'line 200 ✅' },
      { typed: 'onew text 汉字\x1b', shows: 'new text 汉字' },
      { typed: ':set number\r', shows: '201 new text' },
    ],
    end: ':q!\r',
  },
  {
    name: 'less',
    begin: 'less -N long.txt\r',
    isUp: 'line 1 ✅',
    keys: [
      { typed: '300g', shows: 'line 300 ✅' },
      { typed: '?line 42 \r', shows: 'line 42 ✅' },
      { typed: 'G', shows: 'line 400 ✅' },
    ],
    end: 'q',
  },
  {
    name: 'tmux',
    begin: 'tmux -f /dev/null new-session "bash --norc"\r',
    isUp: '[0] 0:bash',
    keys: [
      { typed: 'echo left-$((1+1))\r', shows: 'left-2' },
      { typed: '\x02%', shows: '│' },
      { typed: 'echo right-$((2+1))\r', shows: 'right-3' },
    ],
    end: 'tmux kill-server\r',
  },
];

describe('a program that draws its screen', () => {
  it.each(PROGRAMS)('$name is drawn the same for those who stay, come back and come new', async (program) => {
    const id = await openTerminal();
    using steady = await DrawnTerminal.attach(id);
    using leaving = await DrawnTerminal.attach(id);
    steady.client.type(`clear; ${program.begin}`);
    await until(steady, program.isUp);
    for (const { typed, shows } of program.keys) {
      leaving.client.leave();
      steady.client.type(typed);
      await until(steady, shows);
      await leaving.client.attach();
      using newcomer = await DrawnTerminal.attach(id);
      await untilAlike(steady, leaving, newcomer);
    }
    steady.client.type(program.end);
    // As it ends it drops what was typed meanwhile.
    await until(steady, '"isAlternate":false');
    await until(steady, 'dev@programs');
    steady.client.type('echo back-$((3+4))\r');
    await until(steady, 'back-7');
    await untilAlike(steady, leaving);
  });
});

describe('a command in a terminal', () => {
  it('is a tab that people type in, and one command all the same', async () => {
    const id = newId('command');
    const ask = async (): Promise<Command> => {
      const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', {
        params: { path: { workspace_id: workspaceId, command_id: id } },
        body: {
          command: 'echo started >> started.txt; read -p "port? " port; echo "serving on $port"',
          background: true,
          terminal: { cols: COLS, rows: ROWS, name: 'server' },
        },
      });
      return command.parse(data);
    };
    expect(await ask()).toMatchObject({ status: 'running' });
    expect(await ask()).toMatchObject({ status: 'running' });
    const { data } = await person.client.GET('/api/workspaces/{workspace_id}/terminals', {
      params: { path: { workspace_id: workspaceId } },
    });
    const shown = pageOf(terminal)
      .parse(data)
      .items.find(({ command_id: commandId }) => commandId === id);
    expect(shown).toMatchObject({ name: 'server', status: 'running' });
    using viewer = await DrawnTerminal.attach(shown?.id ?? '');
    await until(viewer, 'port? ');
    viewer.client.type('8080\r');
    await until(viewer, 'serving on 8080');
    await expect
      .poll(() => lookAtCommand(person, workspaceId, id), { timeout: 20_000 })
      .toMatchObject({ status: 'exited', exit_code: 0 });
    expect((await runToEnd(person, workspaceId, 'cat started.txt')).output).toBe('started\n');
  });
});
