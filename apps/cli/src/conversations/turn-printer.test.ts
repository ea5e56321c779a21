import type { Approval } from '@podex/contracts/conversations';
import { newId } from '@podex/contracts/ids';
import type { ProseItem, ToolCallItem, TranscriptItem, TranscriptTurn } from '@podex/contracts/transcript';
import { describe, expect, it } from 'vitest';
import { approvalText, rememberOptions } from './approval-text.ts';
import { plainPaint } from './painter.ts';
import { transcriptText, turnEndText } from './transcript-text.ts';
import { TurnPrinter } from './turn-printer.ts';

const stepId = newId('step');

function turnOf(items: TranscriptItem[], rest: Partial<TranscriptTurn> = {}): TranscriptTurn {
  const usage = { input_tokens: 0, output_tokens: 0, cost_usd: null };
  const empty = { failure: null, waiting: null, model: null, retry: null, checkpoint_id: null };
  const times = { started_at: null, ended_at: null };
  return { id: newId('turn'), status: 'running', ...empty, ...times, usage, items, ...rest };
}

function prose(text: string, rest: Partial<ProseItem> = {}): ProseItem {
  return { type: 'text', key: 'p1', step_id: stepId, text, is_streaming: true, ...rest };
}

function call(rest: Partial<ToolCallItem>): ToolCallItem {
  const id = newId('toolCall');
  const state = { status: 'completed', input: null, output: '', approval: null } as const;
  return {
    type: 'tool_call',
    key: id,
    step_id: stepId,
    tool_call_id: id,
    tool: 'run_command',
    summary: 'Run: x',
    ...state,
    ...rest,
  };
}

function approval(rest: Partial<Approval>): Approval {
  const ids = {
    id: newId('approval'),
    conversation_id: newId('conversation'),
    workspace_id: newId('workspace'),
  };
  const times = { created_at: '2026-01-01T00:00:00.000Z', expires_at: '2026-01-02T00:00:00.000Z' };
  const rules = [{ tool: 'run_command', path: null, command: ['npm', 'test'] }];
  const what = {
    turn_id: newId('turn'),
    tool: 'run_command',
    summary: 'Run: npm test',
    input: {},
    preview: null,
  };
  return { ...ids, ...times, ...what, choices: [{ kind: 'command', rules }], status: 'pending', ...rest };
}

function printing(options: { columns?: number; showsReasoning?: boolean } = {}) {
  let printed = '';
  const printer = new TurnPrinter({
    write: (text) => {
      printed += text;
    },
    paint: plainPaint,
    showsReasoning: false,
    ...options,
  });
  return { printer, text: () => printed };
}

describe('printing a turn', () => {
  it('prints each part of a text once, however often it is shown', () => {
    const { printer, text } = printing();
    const turn = turnOf([prose('Hel')]);
    printer.show(turn);
    printer.show(turn);
    printer.show({ ...turn, items: [prose('Hello \u001b[31mred')] });
    printer.show({ ...turn, items: [prose('Hello \u001b[31mred', { is_streaming: false }), call({})] });
    expect(text()).toBe('Hello ␛[31mred\n✓ Run: x\n');
  });

  it('says that a response broke off, and prints the next one whole', () => {
    const { printer, text } = printing();
    const turn = turnOf([prose('Half an ans')]);
    printer.show(turn);
    printer.show({ ...turn, items: [] });
    printer.show({ ...turn, items: [prose('Half')] });
    printer.show({ ...turn, items: [prose('Half of it.', { is_streaming: false })] });
    expect(text()).toBe('Half an ans\n(the response broke off; the model is asked again)\nHalf of it.\n');
  });

  it('has a line for the call that runs, which goes away', () => {
    const { printer, text } = printing({ columns: 12 });
    const running = call({ status: 'running', summary: 'Run: something long' });
    const turn = turnOf([running]);
    printer.show(turn);
    printer.show(turn);
    expect(text()).toBe('… Run: some');
    printer.show({ ...turn, items: [{ ...running, status: 'failed', output: 'no\r\nsuch thing' }] });
    expect(text()).toBe('… Run: some\r\u001b[2K✗ Run: something long\n  no\n  such thing\n');
  });

  it('shows changes of files and the end of long outputs', () => {
    const edit = { path: 'a.ts', old_text: 'one\ntwo', new_text: 'one\n2' };
    const output = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n');
    const items = [
      call({ tool: 'edit_file', summary: 'Edit a.ts', input: edit }),
      call({ tool: 'read_file', summary: 'Read a.ts', output: 'one\n2' }),
      call({ output }),
      call({ status: 'denied', output: 'Denied.' }),
    ];
    expect(
      transcriptText([turnOf(items, { status: 'cancelled' })], {
        paint: plainPaint,
        showsReasoning: false,
        now: new Date(),
      }),
    ).toBe(
      [
        '✓ Edit a.ts',
        '   one',
        '  -two',
        '  \\ No newline at end of file',
        '  +2',
        '  \\ No newline at end of file',
        '✓ Read a.ts',
        '✓ Run: x',
        '  … 20 more lines',
        ...output
          .split('\n')
          .slice(-10)
          .map((line) => `  ${line}`),
        '✗ Run: x (denied)',
        'Cancelled',
      ].join('\n'),
    );
  });

  it('says what a turn waits for, and until when', () => {
    const now = new Date('2026-03-01T12:00:00');
    const at = (time: string) => new Date(time).toISOString();
    const waiting = { reason: 'retry', wake_at: at('2026-03-01T12:30:00'), message: 'Slow\ndown' } as const;
    expect(turnEndText(turnOf([], { status: 'waiting', waiting }), now)).toMatch(
      /^Waiting to try again, at 12:30: Slow ⏎ down$/,
    );
    const later = { ...waiting, wake_at: at('2026-03-02T08:05:00') };
    expect(turnEndText(turnOf([], { waiting: later }), now)).toContain('on Mon Mar 02 2026 at 08:05');
    const workspace = { reason: 'workspace', wake_at: null, message: null } as const;
    expect(turnEndText(turnOf([], { waiting: workspace }), now)).toBe('Waiting for the workspace');
  });
});

describe('what an approval shows', () => {
  it('hides nothing of a command', () => {
    const command = 'ls \\\n  && rm -rf x\u001b[1A\u001b[2K';
    const preview = { type: 'command', command, cwd: '/srv' } as const;
    expect(approvalText(approval({ preview }), plainPaint)).toBe(
      'Run: npm test\n  in /srv\n  $ ls \\\n      && rm -rf x␛[1A␛[2K',
    );
  });

  it('tells a link from the file that it leads to', () => {
    const preview = { type: 'diff', path: 'a', target: '/etc/b', before: null, after: 'new\n' } as const;
    expect(approvalText(approval({ preview, summary: 'Write a' }), plainPaint)).toBe(
      'Write a\n  a is a link. This changes /etc/b.\n  /etc/b (new file)\n  +new',
    );
  });

  it('offers what can be remembered, from the narrowest on', () => {
    expect(rememberOptions(approval({})).map(({ text }) => text)).toEqual([
      'run_command “npm test” and what follows it, in this conversation',
      'run_command “npm test” and what follows it, in this workspace',
      'run_command “npm test” and what follows it, in all workspaces that you own',
    ]);
  });
});
