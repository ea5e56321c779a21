import {
  type DiskStanding,
  type DiskUse,
  diskStanding,
  diskText,
  diskUse,
  growsTo,
} from '@podex/contracts/disk';
import type { Workspace } from '@podex/contracts/workspaces';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { findWorkspace } from './find-workspace.ts';
import { workspaceText } from './workspace-text.ts';

const DISK_TIMEOUT_MS = 5_000;

/** `podex workspaces show`: one workspace, and how full its disk is while it runs. */
export function addShowCommand(workspaces: Command): void {
  addConnectionOptions(workspaces.command('show <workspace>'))
    .description('one workspace, and how full its disk is')
    .option('--json', 'for programs')
    .action(show);
}

async function show(name: string, options: ConnectionOptions & { json?: boolean }): Promise<void> {
  const [found, disk] = await withApi(options, async ({ ask }) => {
    const one = await findWorkspace(ask, name);
    return [one, one.status === 'running' ? await readDisk(ask, one) : undefined] as const;
  });
  console.log(
    options.json
      ? JSON.stringify({ ...found, disk: disk ?? null }, null, 2)
      : workspaceText(found, new Date(), disk === undefined ? [] : diskRows(found, disk)),
  );
}

/** Undefined when it cannot say: its daemon may be older than this question. */
async function readDisk(ask: AskApi, { id }: Workspace): Promise<DiskUse | undefined> {
  const signal = AbortSignal.timeout(DISK_TIMEOUT_MS);
  try {
    return await ask({ method: 'GET', path: `/api/workspaces/${id}/disk`, schema: diskUse, signal });
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

function diskRows({ size }: Workspace, use: DiskUse): string[][] {
  const { standing, of } = diskStanding(use);
  const grows = growsTo(use, size);
  return [
    ['disk', `${diskText(use)}${use.is_limited ? '' : ' by all on its server: it has no disk of its own'}`],
    ['files', use.total_files === 0 ? 'no limit' : `${use.used_files} of ${use.total_files}`],
    ...(standing === 'ok' ? [] : [['', fullText(standing, of)]]),
    ...(grows === undefined ? [] : [['', `It grows to ${grows} GB at the next start.`]]),
  ];
}

function fullText(standing: Exclude<DiskStanding, 'ok'>, of: 'space' | 'files'): string {
  const what = of === 'space' ? 'The disk is' : 'The disk’s room for files is';
  return standing === 'full'
    ? `${what} full: nothing more can be written. Delete what is not needed.`
    : `${what} nearly full. Delete what is not needed.`;
}
