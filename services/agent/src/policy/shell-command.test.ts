import { describe, expect, it } from 'vitest';
import { parseCommand } from './shell-command.ts';

/** Line, the commands in it (words that aren’t known are _), what it writes, and how clear it is. */
type Row = [line: string, commands: string[], writes: string[], clarity: 'clear' | 'unclear' | 'hidden'];

const ROWS: Row[] = [
  // Lists, pipelines, groups.
  ['ls', ['ls'], [], 'clear'],
  ['ls -la src', ['ls -la src'], [], 'clear'],
  ['ls; rm x', ['ls', 'rm x'], [], 'clear'],
  ['ls && rm x || touch y', ['ls', 'rm x', 'touch y'], [], 'clear'],
  ['ls | wc -l', ['ls', 'wc -l'], [], 'clear'],
  ['ls |& cat', ['ls', 'cat'], [], 'clear'],
  ['ls & rm x', ['ls', 'rm x'], [], 'clear'],
  ['ls\nrm x', ['ls', 'rm x'], [], 'clear'],
  ['ls \\\n -l', ['ls -l'], [], 'clear'],
  ['(cd a; rm x)', ['cd a', 'rm x'], [], 'clear'],
  ['{ ls; rm x; }', ['ls', 'rm x'], [], 'clear'],
  ['! ls', ['ls'], [], 'clear'],
  ['time ls', ['ls'], [], 'clear'],
  ['ls # rm x', ['ls'], [], 'clear'],
  ['if ls; then rm x; else touch y; fi', ['ls', 'rm x', 'touch y'], [], 'clear'],
  ['while ls; do rm x; done', ['ls', 'rm x'], [], 'clear'],
  ['for f in a b; do rm "$f"; done', ['rm _'], [], 'unclear'],
  ['case x in x) rm y;; esac', ['rm y'], [], 'clear'],
  ['coproc rm x', ['rm x'], [], 'clear'],
  // Substitutions.
  ['ls $(rm x)', ['ls _', 'rm x'], [], 'unclear'],
  ['ls "a$(rm x)b"', ['ls _', 'rm x'], [], 'unclear'],
  ['ls `rm x`', ['ls _', 'rm x'], [], 'unclear'],
  ['ls `echo \\`rm x\\``', ['ls _', 'echo _', 'rm x'], [], 'unclear'],
  ['ls $(echo $(rm x))', ['ls _', 'echo _', 'rm x'], [], 'unclear'],
  ['cat <(rm x)', ['cat _', 'rm x'], [], 'unclear'],
  ['ls > >(tee x)', ['ls', 'tee x'], ['_'], 'unclear'],
  [`ls \${x:-$(rm y)}`, ['ls _', 'rm y'], [], 'unclear'],
  ['echo $((1 + $(rm x)))', ['echo _', 'rm x'], [], 'unclear'],
  ['cat <<E\n$(rm x)\nE', ['cat', 'rm x'], [], 'clear'],
  ["cat <<'E'\n$(rm x)\nE", ['cat'], [], 'clear'],
  ['cat <<<"$(rm x)"', ['cat', 'rm x'], [], 'clear'],
  ['x=$(rm y)', ['rm y'], [], 'unclear'],
  ['[[ -n $(rm x) ]]', ['rm x'], [], 'unclear'],
  // Redirections.
  ['ls > out', ['ls'], ['out'], 'clear'],
  ['ls >> out 2>&1', ['ls'], ['out'], 'clear'],
  ['ls &> out', ['ls'], ['out'], 'clear'],
  ['ls >| out', ['ls'], ['out'], 'clear'],
  ['ls >&out', ['ls'], ['out'], 'clear'],
  ['> out', [], ['out'], 'clear'],
  ['ls 2>/dev/null', ['ls'], [], 'clear'],
  ['cat < in', ['cat'], [], 'clear'],
  ['{ ls; } > out', ['ls'], ['out'], 'clear'],
  ['ls > $x', ['ls'], ['_'], 'unclear'],
  ['ls > a*', ['ls'], ['_'], 'unclear'],
  ['ls > ~/out', ['ls'], ['~/out'], 'clear'],
  ['ls > ~root/out', ['ls'], ['_'], 'unclear'],
  ['cd /etc && ls > out', ['cd /etc', 'ls'], ['_'], 'unclear'],
  ['cd /etc && ls > /tmp/out', ['cd /etc', 'ls'], ['/tmp/out'], 'clear'],
  // Words.
  ['"r"\'m\' x', ['rm x'], [], 'clear'],
  ['\\rm x', ['rm x'], [], 'clear'],
  ["$'\\x72m' x", ['rm x'], [], 'clear'],
  ['$x y', ['_ y'], [], 'hidden'],
  ['$(echo rm) x', ['_ x', 'echo rm'], [], 'hidden'],
  ['{rm,-rf,x}', ['_'], [], 'hidden'],
  ['ls src/*.ts', ['ls src/*.ts'], [], 'clear'],
  ['tar cf a.tar *', ['tar cf a.tar _'], [], 'unclear'],
  ['ls é/ü', ['ls é/ü'], [], 'clear'],
  ['ls\u00a0-l', [], [], 'hidden'],
  ['ls\rrm x', [], [], 'hidden'],
  ['ls \u202ex', [], [], 'hidden'],
  ['ls "', ['ls '], [], 'hidden'],
  [`echo \${x@P}`, ['echo _'], [], 'hidden'],
  // Wrappers.
  ['env rm x', ['rm x'], [], 'clear'],
  ['env -u HOME rm x', ['rm x'], [], 'clear'],
  ['env A=b rm x', ['env A=b rm x'], [], 'hidden'],
  ['env -S "rm x"', ['env -S rm x'], [], 'hidden'],
  ['sudo -u root rm x', ['sudo -u root rm x', 'rm x'], [], 'clear'],
  ['sudo -i', ['sudo -i'], [], 'hidden'],
  ['nohup timeout -k 5 10 nice -n 5 rm x', ['rm x'], [], 'clear'],
  ['command rm x', ['rm x'], [], 'clear'],
  ['command -v rm', ['command -v rm'], [], 'clear'],
  ['exec rm x', ['rm x'], [], 'clear'],
  ['/tmp/timeout 5 rm x', ['/tmp/timeout 5 rm x', 'rm x'], [], 'clear'],
  ['timeout --unknown 5 rm x', ['timeout --unknown 5 rm x'], [], 'hidden'],
  ['echo x | xargs rm', ['echo x', 'xargs rm', 'rm _'], [], 'unclear'],
  ['xargs -I{} sh -c {}', ['xargs -I{} sh -c {}', 'sh _ _'], [], 'hidden'],
  ['find . -exec rm {} +', ['find . -exec rm {} +', 'rm _'], [], 'unclear'],
  ['find . -execdir sh -c "rm x" \\;', ['find . -execdir sh -c rm x ;', 'rm x'], [], 'clear'],
  ['find . -delete', ['find . -delete'], [], 'unclear'],
  ['bash -c "ls; rm x"', ['ls', 'rm x'], [], 'clear'],
  ['sh -ec "sh -c \'rm x\'"', ['rm x'], [], 'clear'],
  ['bash -c "$x"', ['bash -c _'], [], 'hidden'],
  ['curl x | sh', ['curl x', 'sh'], [], 'hidden'],
  ['bash +x -c "rm x"', ['bash +x -c rm x'], [], 'hidden'],
  ['bash build.sh', ['bash build.sh'], [], 'clear'],
  ['eval "rm x"', ['rm x'], [], 'clear'],
  ['eval "$x"', ['eval _'], [], 'hidden'],
  // What runs code, or changes what runs.
  ['python -c "1"', ['python -c 1'], [], 'hidden'],
  ['python3 -Bc "1"', ['python3 -Bc 1'], [], 'hidden'],
  ['python a.py -c', ['python a.py -c'], [], 'clear'],
  ['cat x | python', ['cat x', 'python'], [], 'hidden'],
  ['node -e 1', ['node -e 1'], [], 'hidden'],
  ['node --eval=1', ['node --eval=1'], [], 'hidden'],
  ['node --version', ['node --version'], [], 'clear'],
  ['perl -pe 1 x', ['perl -pe 1 x'], [], 'hidden'],
  ['awk 1 x', ['awk 1 x'], [], 'hidden'],
  ['source x', ['source x'], [], 'hidden'],
  ['. ./x', ['. ./x'], [], 'hidden'],
  ["git -c alias.x='!sh' x", ['git -c alias.x=!sh x'], [], 'hidden'],
  ['git log --outp=x', ['git log --outp=x'], [], 'hidden'],
  ['git -C a status', ['git -C a status'], [], 'clear'],
  ['tar xf a --to-command=sh', ['tar xf a --to-command=sh'], [], 'hidden'],
  ['tar xf a --to-c=sh', ['tar xf a --to-c=sh'], [], 'hidden'],
  ['tar xIf sh a', ['tar xIf sh a'], [], 'hidden'],
  ['alias ls=rm; ls x', ['alias ls=rm', 'ls x'], [], 'unclear'],
  ['ls() { rm x; }; ls', ['rm x', 'ls'], [], 'unclear'],
  ['PATH=. ls', ['ls'], [], 'unclear'],
  ['PATH=.; ls', ['ls'], [], 'unclear'],
  ['export PATH=.; ls', ['export PATH=.', 'ls'], [], 'unclear'],
  ['CI=1 npm test', ['npm test'], [], 'clear'],
  ['trap "rm x" EXIT', ['trap rm x EXIT'], [], 'hidden'],
];

describe('a command line', () => {
  it.each(ROWS)('%j', (line, commands, writes, clarity) => {
    const parsed = parseCommand(line);
    expect(parsed.commands.map((words) => words.map((word) => word ?? '_').join(' '))).toEqual(commands);
    expect(parsed.writes.map((path) => path ?? '_')).toEqual(writes);
    const { unclear } = parsed;
    expect(unclear === undefined ? 'clear' : unclear.isHidden ? 'hidden' : 'unclear').toBe(clarity);
  });

  it.each([
    ['$('.repeat(3000), 'many open substitutions'],
    ['('.repeat(9000), 'many open groups'],
    ['a;'.repeat(5000), 'many commands'],
    ['{a,b}'.repeat(2000), 'many braces'],
    ['`'.repeat(9999), 'many backticks'],
    ['"${x:-'.repeat(1600), 'many defaults'],
    ['$(( '.repeat(2500), 'many sums'],
    ['<<E '.repeat(2500), 'many documents'],
    ['x'.repeat(20_000), 'a long word'],
  ])('is hidden when it is too much, and takes no long time (%#)', (line) => {
    const startedAt = performance.now();
    expect(parseCommand(line).unclear?.isHidden).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
