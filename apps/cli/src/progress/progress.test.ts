import { describe, expect, it } from 'vitest';
import { createPlainProgress } from './plain-progress.ts';
import { formatDuration, formatStepLine, inStep } from './progress.ts';
import { createTerminalProgress } from './terminal-progress.ts';

describe('progress', () => {
  it.each([
    [40, '0.0 s'],
    [9_940, '9.9 s'],
    [12_400, '12 s'],
    [125_000, '2 min 05 s'],
    [119_600, '2 min 00 s'],
  ])('shows %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('cuts the detail of a step to the width, never its title or its time', () => {
    const step = {
      mark: '⠋',
      title: 'Workspace image',
      detail: 'installing packages from the mirror',
      ms: 12_000,
    };
    expect(formatStepLine(step, 80)).toBe('⠋ Workspace image  installing packages from the mirror  12 s');
    const narrow = formatStepLine(step, 40);
    expect(narrow).toHaveLength(40);
    expect(narrow).toMatch(/^⠋ Workspace image {2}instal.*… {2}12 s$/);
    expect(formatStepLine(step, 22)).toBe('⠋ Workspace image  12 ');
  });

  it('writes few plain lines for a long step', () => {
    const lines: string[] = [];
    let now = 0;
    const step = createPlainProgress(
      (line) => lines.push(line),
      () => now,
    ).step('Page');
    for (now = 0; now <= 12_000; now += 1_000) step.update(`at ${now}`);
    step.done('built');
    expect(lines).toEqual([
      '.. Page',
      '.. Page  at 5000  5.0 s',
      '.. Page  at 10000  10 s',
      'ok Page  built  13 s',
    ]);
  });

  it('leaves one line of each step on a terminal, and notes above the open one', () => {
    const written: string[] = [];
    const progress = createTerminalProgress(
      { write: (text) => written.push(text), columns: 40 },
      { colour: false },
    );
    const step = progress.step('Database');
    progress.note('a note');
    step.done('PostgreSQL');
    const lines = written
      .join('')
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\u001b[2K') + '\u001b[2K'.length));
    expect(lines[0]).toBe('a note');
    expect(lines[1]).toBe('✓ Database  PostgreSQL');
  });

  it('marks a step as failed when its work fails, and passes the error on', async () => {
    const lines: string[] = [];
    const progress = createPlainProgress((line) => lines.push(line));
    await expect(inStep(progress, 'Page', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(lines).toEqual(['.. Page', 'FAILED Page']);
  });
});
