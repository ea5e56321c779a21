import type { Command, RunCommandInput } from '@podex/contracts/commands';
import { commandWaitQuery } from '@podex/contracts/commands';
import {
  gitAbortInput,
  gitCheckoutInput,
  gitCommitInput,
  gitFetchInput,
  gitPullInput,
  gitPushInput,
  gitStashInput,
} from '@podex/contracts/git';
import type { CommandId } from '@podex/contracts/ids';
import { GIT_BODY_BYTES_MAX } from '@podex/contracts/limits';
import type { z } from 'zod';
import type { Commands } from '../commands/commands.ts';
import { type Route, readJson } from '../http/router.ts';
import { gitFailed } from './git-process.ts';

const ACTION_TIMEOUT_MS = 3_600_000;
const SILENT_CONNECTION_SECONDS = '120';

/** As a person’s own commands, but nothing waits for somebody to type. */
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: 'true',
  GIT_PAGER: 'cat',
  GIT_HTTP_LOW_SPEED_LIMIT: '1',
  GIT_HTTP_LOW_SPEED_TIME: SILENT_CONNECTION_SECONDS,
  // Its words are shown and searched for their last error.
  LC_ALL: 'C.UTF-8',
  LANGUAGE: 'C',
};

interface Action {
  command_id: CommandId;
  path: string;
}

/** What changes a repository and may take long or run programs of the user’s: commands of the workspace, as one would type them. */
export function gitActionRoutes(commands: Commands): Route[] {
  const action = <Schema extends z.ZodType<Action>>(
    path: string,
    schema: Schema,
    argumentsOf: (input: z.output<Schema>) => string[],
  ): Route => ({
    method: 'POST',
    path,
    async answer({ request, query, signal }) {
      const input = await readJson(request, schema, GIT_BODY_BYTES_MAX);
      const { wait_ms: waitMs } = commandWaitQuery.parse(query);
      const command: RunCommandInput = {
        argv: ['git', ...argumentsOf(input)],
        cwd: input.path,
        env: ENVIRONMENT,
        timeout_ms: ACTION_TIMEOUT_MS,
        background: false,
      };
      const now = await commands.run(input.command_id, command, { waitMs, signal });
      return { status: 200, body: requireSuccess(now) };
    },
  });
  return [
    action('/git/commit', gitCommitInput, ({ message, amend, all }) => [
      'commit',
      ...(amend ? ['--amend'] : []),
      ...(all ? ['--all'] : []),
      `--message=${message}`,
    ]),
    action('/git/push', gitPushInput, ({ remote, set_upstream: isFirst, force_with_lease: isForced }) => [
      'push',
      '--progress',
      ...(isForced ? ['--force-with-lease'] : []),
      ...(isFirst ? ['--set-upstream', remote, 'HEAD'] : []),
    ]),
    action('/git/pull', gitPullInput, ({ rebase: isRebase }) => [
      'pull',
      '--progress',
      isRebase ? '--rebase' : '--no-rebase',
    ]),
    action('/git/fetch', gitFetchInput, () => ['fetch', '--all', '--prune', '--progress']),
    action('/git/checkout', gitCheckoutInput, ({ branch, create: isNew }) =>
      isNew ? ['checkout', '--progress', '-b', branch] : ['checkout', '--progress', branch, '--'],
    ),
    action('/git/stash', gitStashInput, ({ do: what, index, message }) =>
      what === 'push'
        ? ['stash', 'push', '--include-untracked', ...(message === undefined ? [] : ['--message', message])]
        : ['stash', what, `stash@{${index}}`],
    ),
    action('/git/abort', gitAbortInput, ({ operation }) => [operation.replace('_', '-'), '--abort']),
  ];
}

/** @throws PodexError git_failed when it has ended otherwise than well. */
function requireSuccess(command: Command): Command {
  if (command.status === 'running' || command.exit_code === 0) return command;
  throw gitFailed(command.exit_code, command.output);
}
