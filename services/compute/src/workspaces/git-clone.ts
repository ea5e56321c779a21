import type { RunCommandInput } from '@podex/contracts/commands';
import { type CommandId, commandId, type WorkspaceId } from '@podex/contracts/ids';

/**
 * Clones beside and moves into place, so that a clone that was cut off leaves no half repository under its name; what is there already
 * is left alone. `$1` url, `$2` branch or empty, `$3` folder name.
 */
const SCRIPT = `
set -eu
cd "$HOME"
if [ -e "$3" ]; then echo "$3 is there already"; exit 0; fi
work=$(mktemp -d .cloning-XXXXXX)
trap 'rm -rf "$work"' EXIT
if [ -n "$2" ]; then git clone --progress --branch "$2" -- "$1" "$work/repository"
else git clone --progress -- "$1" "$work/repository"; fi
mv -T "$work/repository" "$3"
`;

/** The same ULID under another prefix: the clone of a workspace is one command, however often it is asked for. */
export function cloneCommandId(id: WorkspaceId): CommandId {
  return commandId.parse(`cmd_${id.slice('ws_'.length)}`);
}

/** The command that brings a workspace’s repository into its home, in the background. */
export function cloneCommand(gitUrl: string, branch: string | null): RunCommandInput {
  return {
    argv: ['/bin/sh', '-c', SCRIPT, 'clone', gitUrl, branch ?? '', repositoryName(gitUrl)],
    cwd: '/home/dev',
    // Never waits for a password that nobody is there to type.
    env: { GIT_TERMINAL_PROMPT: '0' },
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
