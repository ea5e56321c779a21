import { type Command, command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { terminal } from '@podex/contracts/terminals';
import headless, { type IBufferLine } from '@xterm/headless';
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
  await writeText(person, workspaceId, 'sequences.sh', SEQUENCES);
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
    const { modes } = this.#emulator;
    const { applicationCursorKeysMode, bracketedPasteMode, mouseTrackingMode, insertMode, originMode } =
      modes;
    return {
      lines: Array.from(
        { length: ROWS },
        (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
      ),
      styles: Array.from({ length: ROWS }, (_, row) => stylesOf(active.getLine(active.baseY + row))),
      cursor: [active.cursorX, active.cursorY],
      isAlternate: active.type === 'alternate',
      modes: {
        applicationCursorKeysMode,
        bracketedPasteMode,
        mouseTrackingMode,
        insertMode,
        originMode,
      },
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

/** Of the cells of a line that have any: colours and what else can be seen. */
function stylesOf(line: IBufferLine | undefined): string[] {
  const cells = Array.from({ length: COLS }, (_, column) => line?.getCell(column));
  return cells.flatMap((cell, column) => {
    if (cell === undefined || cell.isAttributeDefault()) return [];
    const flags = [cell.isBold(), cell.isItalic(), cell.isUnderline(), cell.isInverse()].map(Number);
    const colors = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()];
    return [[column, ...colors, ...flags].join(' ')];
  });
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

/**
 * What programs send to terminals of the kind of a VT100 and of xterm, a step for each key: some steps leave a state behind (a scroll region,
 * tab stops, a style, line drawing, which leaves capitals as they are) that only the next one shows.
 */
const SEQUENCES = String.raw`
printf '\e[?1049h\e[H\e[2J'
step() { printf '\e7\e[24;70H%s\e8' "$1"; read -rsn1; }
printf '\e[2;3Habove\e[2A\e[3Bdown\e[5Dleft\e[4Cright\e[1;60Hcorner'
step 'AT 1 MOVES'
printf '\e[38;2;10;200;30;48;2;40;0;90mtrue colour\e[1;3;4m styled\e[7m inverse\e[38;5;208m'
step 'AT 2 STYLE'
printf ' goes on\e[0m plain\r\n\e(0lqqqk\r\n'
step 'AT 3 LINES'
printf 'x   x\r\nmqqqj\e(B qqq\r\n'
step 'AT 4 PLAIN'
printf '汉字 e\xcc\x81 ❤\xef\xb8\x8f 👩\xe2\x80\x8d🔬 \xe0\xa4\x95\xe0\xa5\x8d \e[3D|\e[8;88H漢字'
step 'AT 5 WIDE'
printf '\e[3g\e[10;5H\eH\e[10;21H\eH\e[10;34H\eH\e[10;1H'
step 'AT 6 TABS'
printf '\ta\tb\tc\td\r\n\t\e[Zback'
step 'AT 7 TABBED'
printf '\e[12;1H0123456789\e[12;4H\e[2@\e[12;9H\e[2P\e[13;1Habcdefghij\e[13;4H\e[4h'
step 'AT 8 INSERT'
printf 'NEW\e[4l!\e[14;1Hone\r\ntwo\r\nthree\e[15;1H\e[L\e[14;1H\e[M\e[13;6H\e[1K'
step 'AT 9 LINES'
printf '\e[17;20r\e[17;1Hfirst\r\nsecond\r\nthird\r\nfourth'
step 'AT 10 REGION'
printf '\r\nfifth\r\nsixth\e[17;1H\eMzero'
step 'AT 11 SCROLLED'
printf '\e[?6h\e[2;3Horigin'
step 'AT 12 ORIGIN'
printf '\e[1;1Htop\e[?6l\e[r\e[22;1Hwhole\e[?25l\e[?1h\e[?2004h\e[?1002h\e[?1006h'
step 'AT 13 MODES'
printf '\e[?25h\e[?1l\e[?2004l\e[?1002l\e[?1006l\e#8\e[5;5H\e[1J'
step 'AT 14 FILLED'
printf '\e[!p\e[?1049l'
`;

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
  {
    name: 'top',
    // It draws again at keys alone.
    begin: 'top -d 600\r',
    isUp: 'load average',
    keys: [
      { typed: 'c', shows: 'top -d 600' },
      { typed: 'z', shows: 'load average' },
    ],
    end: 'q',
  },
  {
    name: 'a script of escape sequences',
    begin: 'bash sequences.sh\r',
    isUp: 'AT 1 MOVES',
    keys: [
      'AT 2 STYLE',
      'AT 3 LINES',
      'AT 4 PLAIN',
      'AT 5 WIDE',
      'AT 6 TABS',
      'AT 7 TABBED',
      'AT 8 INSERT',
      'AT 9 LINES',
      'AT 10 REGION',
      'AT 11 SCROLLED',
      'AT 12 ORIGIN',
      'AT 13 MODES',
      'AT 14 FILLED',
    ].map((shows) => ({ typed: ' ', shows })),
    end: ' ',
  },
];

describe('a program that draws its screen', () => {
  it.each(PROGRAMS)('$name is drawn the same for those who stay, come back and come new', async (program) => {
    const id = await openTerminal();
    using steady = await DrawnTerminal.attach(id);
    using leaving = await DrawnTerminal.attach(id);
    steady.client.type(`clear; ${program.begin}`);
    await until(steady, program.isUp);
    using newcomers = new DisposableStack();
    let latest: DrawnTerminal[] = [];
    for (const { typed, shows } of program.keys) {
      leaving.client.leave();
      steady.client.type(typed);
      await until(steady, shows);
      await leaving.client.attach();
      // The last one stays for a step: what it was not shown comes to light then.
      const newcomer = newcomers.use(await DrawnTerminal.attach(id));
      await untilAlike(steady, leaving, newcomer, ...latest);
      for (const one of latest) one.client.leave();
      latest = [newcomer];
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
