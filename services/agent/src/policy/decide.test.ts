import type { AgentMode } from '@podex/contracts/conversations';
import type { PolicyRule } from '@podex/contracts/rules';
import { describe, expect, it } from 'vitest';
import { decide, type ProposedCall } from './decide.ts';

const run = (line: string, cwd?: string): ProposedCall => ({
  tool: 'run_command',
  effect: { kind: 'mutates', command: { line, cwd } },
  origin: 'main',
});
const write = (path: string): ProposedCall => ({
  tool: 'write_file',
  effect: { kind: 'mutates', paths: [path] },
  origin: 'main',
});
const read = (path: string): ProposedCall => ({
  tool: 'read_file',
  effect: { kind: 'reads', paths: [path] },
  origin: 'main',
});

const asking = (tool: string): ProposedCall => ({ tool, effect: { kind: 'asks' }, origin: 'main' });

/** `allow run_command: npm test` or `deny write_file @ src/**`. */
function rule(text: string): PolicyRule {
  const [head = '', command] = text.split(': ');
  const [said = '', path] = head.split(' @ ');
  const [effect, tool = ''] = said.split(' ');
  return {
    effect: effect === 'allow' || effect === 'deny' ? effect : 'ask',
    scope: 'workspace',
    tool,
    path: path ?? null,
    command: command?.split(' ') ?? null,
  };
}

type Row = [mode: AgentMode, rules: string[], call: ProposedCall, verdict: 'allow' | 'ask' | 'deny'];

const TEST = 'allow run_command: npm test';
const LS = 'allow run_command: ls';
const NO_PUSH = 'deny run_command: git push';

const ROWS: Row[] = [
  // Without a rule the mode decides.
  ['ask', [], run('ls'), 'ask'],
  ['ask', [], write('a'), 'ask'],
  ['ask', [], read('a'), 'allow'],
  ['auto', [], run('rm -rf x'), 'allow'],
  ['plan', [], run('ls'), 'allow'],
  ['plan', [], run('rm -rf x'), 'allow'],
  ['plan', ['deny run_command: rm'], run('rm -rf x'), 'deny'],
  ['plan', ['ask run_command: curl'], run('curl x'), 'ask'],
  ['plan', ['allow write_file'], write('a'), 'deny'],
  ['plan', [], { tool: 'run_command', effect: { kind: 'mutates' }, origin: 'main' }, 'deny'],
  [
    'plan',
    [],
    { tool: 'x', effect: { kind: 'mutates', command: { line: 'ls', cwd: undefined } }, origin: 'mcp' },
    'deny',
  ],
  // What asks a person does so in every mode; a plan is for plan mode.
  ['plan', [], asking('propose_plan'), 'ask'],
  ['ask', [], asking('propose_plan'), 'deny'],
  ['auto', [], asking('ask_user'), 'ask'],
  ['auto', ['allow ask_user'], asking('ask_user'), 'ask'],
  ['auto', ['deny ask_user'], asking('ask_user'), 'deny'],
  ['plan', [], read('a'), 'allow'],
  // Allow: every part of it.
  ['ask', [TEST], run('npm test'), 'allow'],
  ['ask', [TEST], run('npm test -- --watch'), 'allow'],
  ['ask', [TEST], run('npm'), 'ask'],
  ['ask', [TEST], run('npm testing'), 'ask'],
  ['ask', [TEST], run('rm x'), 'ask'],
  ['ask', [TEST], run('npm test; rm x'), 'ask'],
  ['ask', [TEST, LS], run('ls && npm test'), 'allow'],
  ['ask', [LS], run('ls $(rm x)'), 'ask'],
  ['ask', [LS, 'allow run_command: rm'], run('ls $(rm x)'), 'ask'],
  ['ask', [LS], run('ls "$x"'), 'ask'],
  ['ask', [LS], run('/tmp/ls'), 'ask'],
  ['ask', [LS], run('PATH=. ls'), 'ask'],
  ['ask', [LS], run('timeout 5 ls'), 'allow'],
  ['ask', [LS], run('/tmp/timeout 5 ls'), 'ask'],
  ['ask', [LS], run('sudo ls'), 'ask'],
  ['ask', [LS, 'allow run_command: sudo ls'], run('sudo ls'), 'allow'],
  ['ask', [LS], run('bash -c "ls; rm x"'), 'ask'],
  ['ask', [LS], run('bash -c "ls"'), 'allow'],
  ['ask', ['allow run_command: git'], run("git -c alias.x='!sh' x"), 'ask'],
  ['ask', ['allow run_command: find'], run('find . -exec rm {} +'), 'ask'],
  ['ask', ['allow run_command'], run('eval "$x"; ls "'), 'allow'],
  ['ask', [], run(''), 'ask'],
  // What redirections write is a file as any other.
  ['ask', [LS], run('ls > out'), 'ask'],
  ['ask', [LS, 'allow write_file @ out'], run('ls > out'), 'allow'],
  ['ask', [LS, 'allow run_command @ src/**'], run('ls > out', 'src'), 'allow'],
  ['ask', [LS, 'allow run_command @ src/**'], run('ls > ../out', 'src'), 'ask'],
  ['auto', ['deny write_file @ /etc/**'], run('cd /etc && ls > out'), 'ask'],
  ['ask', [LS, 'allow write_file'], run('ls > out'), 'allow'],
  ['auto', ['deny write_file'], run('ls > out'), 'deny'],
  ['auto', ['deny write_file'], run('ls 2>&1'), 'allow'],
  // Files.
  ['ask', ['allow write_file @ src/**'], write('src/a/b.ts'), 'allow'],
  ['ask', ['allow write_file @ src/**'], write('~/src/.env'), 'allow'],
  ['ask', ['allow write_file @ src/**'], write('src/../a'), 'ask'],
  ['ask', ['allow write_file @ src/*'], write('src/a/b'), 'ask'],
  ['ask', ['allow write_file @ /etc/**'], write('/etc/x'), 'allow'],
  ['ask', ['allow edit_file @ src/**'], write('src/a'), 'ask'],
  ['auto', ['deny write_file @ **/.env'], write('a/b/.env'), 'deny'],
  ['auto', ['deny write_file @ **/.env'], write('a/b/env'), 'allow'],
  ['auto', ['deny write_file @ .env'], run('echo x > .env'), 'deny'],
  ['auto', ['deny write_file @ .env'], run('echo x > "$f"'), 'ask'],
  ['auto', ['deny read_file @ .env'], read('.env'), 'deny'],
  // Deny and ask: any part of it, and before everything else.
  ['auto', [NO_PUSH], run('git push'), 'deny'],
  ['auto', [NO_PUSH, 'allow run_command: git push'], run('git push'), 'deny'],
  ['ask', [NO_PUSH, 'allow run_command'], run('git push'), 'deny'],
  ['auto', [NO_PUSH], run('ls; git push --force'), 'deny'],
  ['auto', [NO_PUSH], run('git -C a push'), 'deny'],
  ['auto', [NO_PUSH], run('git --no-pager push'), 'deny'],
  ['auto', [NO_PUSH], run('/usr/bin/git push'), 'deny'],
  ['auto', [NO_PUSH], run('env git push'), 'deny'],
  ['auto', [NO_PUSH], run('env A=b git push'), 'ask'],
  ['auto', [NO_PUSH], run('xargs git push < x'), 'deny'],
  ['auto', [NO_PUSH], run('echo "$(git push)"'), 'deny'],
  ['auto', [NO_PUSH], run('git "$x"'), 'ask'],
  ['auto', [NO_PUSH], run('$x push'), 'ask'],
  ['auto', [NO_PUSH], run('eval "$x"'), 'ask'],
  ['auto', [NO_PUSH], run('curl x | sh'), 'ask'],
  ['auto', [NO_PUSH], run('git pus?'), 'ask'],
  ['auto', [NO_PUSH], run('/usr/bin/gi? push'), 'ask'],
  ['auto', [NO_PUSH], run('[ -f push ]'), 'allow'],
  ['auto', [NO_PUSH], run('echo "$x"'), 'allow'],
  ['auto', [NO_PUSH], run('git commit -m push'), 'allow'],
  ['auto', ['deny run_command'], run('ls'), 'deny'],
  ['auto', ['ask run_command: npm publish'], run('ls; npm publish'), 'ask'],
  ['ask', ['ask run_command: npm', 'allow run_command'], run('npm test'), 'ask'],
  ['ask', ['ask run_command: npm', 'deny run_command: npm'], run('npm test'), 'deny'],
  // Tools of MCP servers say what they like of themselves.
  ['ask', [], { tool: 'x', effect: { kind: 'reads' }, origin: 'mcp' }, 'ask'],
  ['plan', [], { tool: 'x', effect: { kind: 'reads' }, origin: 'mcp' }, 'deny'],
  ['ask', ['allow x'], { tool: 'x', effect: { kind: 'reads' }, origin: 'mcp' }, 'allow'],
  ['ask', [], { ...run('ls'), origin: 'delegate' }, 'ask'],
];

describe('decide', () => {
  it.each(ROWS)('in %s mode with %j: %j', (mode, rules, call, verdict) => {
    expect(decide(call, { mode, rules: rules.map(rule) }).verdict).toBe(verdict);
  });

  it('says why, in plain words', () => {
    expect(decide(run('git push'), { mode: 'auto', rules: [rule(NO_PUSH)] })).toEqual({
      verdict: 'deny',
      reason: 'A rule of this workspace denies run_command: commands that start with “git push”',
    });
    expect(decide(write('a'), { mode: 'plan', rules: [] })).toEqual({
      verdict: 'deny',
      reason: 'In plan mode nothing is changed: say what you would do, and offer it with propose_plan',
    });
  });

  it('takes no long time for a hostile pattern', () => {
    const pattern = `deny write_file @ ${'*a'.repeat(400)}b`;
    const startedAt = performance.now();
    decide(write('a'.repeat(4000)), { mode: 'auto', rules: [rule(pattern)] });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
