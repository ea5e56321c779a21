import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { rememberChoices } from './remember-choices.ts';

const ofLine = (line: string) =>
  rememberChoices('run_command', { kind: 'mutates', command: { line, cwd: undefined } });

describe('what can be remembered of a call', () => {
  it.each([
    ['npm test', ['npm test']],
    ['npm test -- --watch', ['npm test']],
    ['npm run build --silent', ['npm run build']],
    ['npm exec tsc', ['npm exec tsc']],
    ['git status && npm ci', ['git status', 'npm ci']],
    ['rm -rf build', ['rm -rf build']],
    ['npm -v', ['npm -v']],
    ['docker exec c sh', ['docker exec c sh']],
    ['timeout 5 npm test', ['npm test']],
    ['ls > out', ['ls', '/home/dev/out']],
  ])('%s', (line, rules) => {
    const [narrow] = ofLine(line);
    expect(narrow?.rules.map(({ command, path }) => command?.join(' ') ?? path)).toEqual(rules);
    const remembered = (narrow?.rules ?? []).map(
      (rule) => ({ ...rule, effect: 'allow', scope: 'workspace' }) as const,
    );
    const call = {
      tool: 'run_command',
      effect: { kind: 'mutates', command: { line, cwd: undefined } },
      origin: 'main',
    } as const;
    expect(decide(call, { mode: 'ask', rules: remembered }).verdict).toBe('allow');
  });

  it.each(['eval "$x"', 'ls $(id)', 'python -c 1', 'ls "', `echo ${'a '.repeat(40)}`])(
    '%s: every command',
    (line) => {
      expect(ofLine(line)).toEqual([
        { kind: 'tool', rules: [{ tool: 'run_command', path: null, command: null }] },
      ]);
    },
  );

  it('is the file for a tool of files, unless its name reads as a pattern', () => {
    const kinds = (path: string) =>
      rememberChoices('write_file', { kind: 'mutates', paths: [path] }).map((choice) => choice.kind);
    expect(kinds('~/a.ts')).toEqual(['path', 'tool']);
    expect(kinds('a*.ts')).toEqual(['tool']);
  });
});
