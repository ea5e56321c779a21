import type { RunCommandInput } from '@podex/contracts/commands';

/** Exit codes of the script itself; git’s own is 128. */
export const CLONE_EXIT = { noGit: 90, occupied: 91 } as const;
/** Long enough for the largest; a connection that is silent ends much earlier. */
const CLONE_TIMEOUT_MS = 10_800_000;
const SILENT_CONNECTION_SECONDS = '120';

/**
 * Clones beside and moves into place, so that a clone that was cut off leaves no half repository under its name: what it left is removed
 * by the next try. A repository that is there already is taken as it is, and nothing else that is there is touched. `$1` url, `$2`
 * branch or empty, `$3` folder name.
 */
const SCRIPT = `
set -eu
cd "$HOME"
work=.podex-clone
rm -rf -- "$work"
if [ -e "$3/.git" ]; then echo "$3 is there already"; exit 0; fi
if [ -L "$3" ] || { [ -e "$3" ] && ! { [ -d "$3" ] && [ -z "$(ls -A -- "$3")" ]; }; }; then exit ${CLONE_EXIT.occupied}; fi
command -v git >/dev/null 2>&1 || exit ${CLONE_EXIT.noGit}
trap 'rm -rf -- "$work"' EXIT
if [ -n "$2" ]; then git clone --progress --branch "$2" -- "$1" "$work"
else git clone --progress -- "$1" "$work"; fi
mv -T "$work" "$3"
`;

/** The command that brings a workspace’s repository into its home, in the background. */
export function cloneCommand(gitUrl: string, branch: string | null): RunCommandInput {
  return {
    argv: ['/bin/sh', '-c', SCRIPT, 'clone', gitUrl, branch ?? '', repositoryName(gitUrl)],
    cwd: '/home/dev',
    env: {
      // Never waits for a password that nobody is there to type.
      GIT_TERMINAL_PROMPT: '0',
      GIT_HTTP_LOW_SPEED_LIMIT: '1',
      GIT_HTTP_LOW_SPEED_TIME: SILENT_CONNECTION_SECONDS,
      // What git says is read by cloneFailure.
      LC_ALL: 'C',
    },
    timeout_ms: CLONE_TIMEOUT_MS,
    background: true,
  };
}

/** As `git clone` would name the folder, kept to harmless characters. */
export function repositoryName(gitUrl: string): string {
  const last =
    gitUrl
      .replace(/[/\s]+$/, '')
      .split(/[/:]/)
      .pop() ?? '';
  const name = last
    .replace(/\.git$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '');
  return name === '' ? 'repository' : name;
}
