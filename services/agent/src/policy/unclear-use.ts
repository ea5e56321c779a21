import type { CommandWord } from './literal-word.ts';
import { programName } from './wrappers.ts';

/** Why a rule about some commands can’t allow a command line. */
export interface Unclear {
  reason: string;
  /** It can run a command that isn’t seen here, which a rule may be about. */
  isHidden: boolean;
}

/** They run code that they are given in a way that isn’t read here. */
const RUNNERS = new Set(
  `source . trap coproc zsh ksh fish csh tcsh busybox toybox awk gawk mawk nawk sed ed ex vi vim nvim emacs expect script watch
  parallel su runuser pkexec chroot unshare nsenter flock strace ltrace setpriv systemd-run at batch crontab entr socat tmux screen
  gdb xterm complete compgen enable mapfile readarray m4 rlwrap`.split(/\s+/),
);

/** They change what later commands of the line mean. */
const CHANGERS = new Set(
  'alias unalias export declare typeset local readonly set shopt hash unset let read getopts bind'.split(' '),
);

interface Interpreter {
  name: RegExp;
  /** Options with code in them. */
  code: RegExp;
}

const INTERPRETERS: readonly Interpreter[] = [
  { name: /^python[\d.]*$|^pypy[\d.]*$/, code: /^-[A-Za-z]*c/ },
  {
    name: /^(node|nodejs|bun|deno)$/,
    code: /^(-[a-z]*[epr]|--(eval|print|require|import|loader|experimental-loader))|^eval$/,
  },
  { name: /^perl[\d.]*$/, code: /^-[A-Za-z\d]*[eEmM]/ },
  { name: /^ruby[\d.]*$/, code: /^-[A-Za-z\d]*[er]/ },
  { name: /^(php|lua|luajit)[\d.]*$/, code: /^-[A-Za-z]*[relBRE]|^--(run|process)/ },
  { name: /^(Rscript|R|julia|ghci|groovy|scala|elixir|iex|erl)$/, code: /^-(e|E|eval)|^--eval/ },
];

/** Options that make a program run another, or write what its name doesn’t say. Long ones may be shortened. */
const RISKY_OPTIONS: Readonly<Record<string, { options: readonly string[]; isHidden: boolean }>> = {
  git: {
    options:
      '-c --config-env --exec-path --upload-pack --receive-pack --exec --open-files-in-pager --ext-diff --output -x -O'.split(
        ' ',
      ),
    isHidden: true,
  },
  tar: {
    options:
      '--to-command --checkpoint-action --use-compress-program --rsh-command --rmt-command --info-script --new-volume-script -I -F'.split(
        ' ',
      ),
    isHidden: true,
  },
  rsync: { options: ['-e', '--rsh', '--rsync-path'], isHidden: true },
  ssh: { options: ['-o', '-F'], isHidden: true },
  scp: { options: ['-o', '-F', '-S'], isHidden: true },
  sftp: { options: ['-o', '-F', '-S', '-b'], isHidden: true },
  zip: { options: ['-T', '-TT', '--unzip-command', '--test'], isHidden: true },
  sort: { options: ['--compress-program', '-o', '--output'], isHidden: true },
  make: { options: ['--eval', '-E'], isHidden: true },
  npm: { options: ['--script-shell', '--node-options', '--call', '-c'], isHidden: true },
  npx: { options: ['--call', '-c'], isHidden: true },
  go: { options: ['-exec', '-toolexec', '-vettool'], isHidden: true },
  cargo: { options: ['--config'], isHidden: true },
  rg: { options: ['--pre', '--hostname-bin'], isHidden: true },
  test: { options: ['-v', '-R'], isHidden: true },
  '[': { options: ['-v', '-R'], isHidden: true },
  printf: { options: ['-v'], isHidden: true },
  find: { options: ['-delete', '-fprint', '-fprint0', '-fprintf', '-fls'], isHidden: false },
};

const GIT_RUNS = /^(bisect|submodule|filter-branch|difftool|mergetool|config|hook)$/;

/** Why a rule about a command can’t allow this use of it. */
export function unclearUse(words: readonly CommandWord[]): Unclear | undefined {
  const name = programName(words[0]);
  const rest = words.slice(1).filter((word) => word !== null);
  if (RUNNERS.has(name)) return { reason: `${name} can run anything`, isHidden: true };
  if (CHANGERS.has(name)) return { reason: `${name} changes what later commands do`, isHidden: false };
  const interpreter = INTERPRETERS.find((one) => one.name.test(name));
  if (interpreter !== undefined && runsCode(interpreter, rest)) {
    return { reason: `${name} runs code that isn’t read`, isHidden: true };
  }
  const risky = RISKY_OPTIONS[name];
  const option = risky?.options.find((candidate) => rest.some((word) => isOption(word, candidate)));
  if (risky !== undefined && option !== undefined) {
    return { reason: `${name} ${option} does more than its name says`, isHidden: risky.isHidden };
  }
  // Options of tar may stand without a dash.
  if (name === 'tar' && /^\w*[IF]/.test(rest[0] ?? ''))
    return { reason: 'tar can run other commands', isHidden: true };
  if (name === 'git' && rest.some((word) => GIT_RUNS.test(word))) {
    return { reason: 'this use of git can run other commands', isHidden: true };
  }
  return undefined;
}

/** Code on the command line, or from the input when no file is named. */
function runsCode({ code }: Interpreter, rest: readonly string[]): boolean {
  const file = rest.findIndex((word) => !word.startsWith('-'));
  const options = file < 0 ? rest : rest.slice(0, file + 1);
  if (options.some((word) => code.test(word))) return true;
  return file < 0 && !rest.some((word) => /^(-v|-V|--version|-h|--help)$/.test(word));
}

const SHORTEST_LONG_OPTION = 4;

function isOption(word: string, option: string): boolean {
  const [name = ''] = word.split('=', 1);
  if (option.startsWith('--')) return name.length >= SHORTEST_LONG_OPTION && option.startsWith(name);
  // A letter may stand among others, and may have its value behind it.
  if (option.length === 2) return /^-[^-]/.test(word) && word.includes(option.charAt(1));
  return name === option;
}
