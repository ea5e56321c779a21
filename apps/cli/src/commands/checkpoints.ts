import {
  type Checkpoint,
  type CheckpointChange,
  checkpoint,
  checkpointDiff,
  checkpointList,
  createCheckpointInput,
} from '@podex/contracts/checkpoints';
import { shownPath } from '@podex/contracts/file-names';
import { checkpointId, newId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { countOf } from '@podex/contracts/text';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { confirm } from './confirm.ts';
import { findWorkspace } from './find-workspace.ts';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

const HELP = 'podex checkpoints --help';

/** A workspace is named by its name or id, a checkpoint by its id. */
export function addCheckpointsCommand(program: Command): void {
  const checkpoints = program
    .command('checkpoints')
    .description('states of the files of a workspace that can be compared and restored');
  const add = (usage: string, description: string) =>
    addConnectionOptions(checkpoints.command(usage)).description(description);
  const json = ['--json', 'for programs'] as const;
  add('list <workspace>', 'checkpoints, the newest first')
    .option(...json)
    .action(list);
  add('create <workspace>', 'keep the files as they are now')
    .option('--label <label>', 'what it is for')
    .option('--path <folder>', 'this folder alone; all of the home when left out')
    .option('--include-ignored', 'also what a .gitignore names')
    .option(...json)
    .action(create);
  add('diff <workspace> <checkpoint>', 'what has changed since')
    .option('--previous', 'what had changed since the checkpoint before it')
    .option(...json)
    .action(diff);
  add('restore <workspace> <checkpoint>', 'make the files what they were; asks first, and can be undone')
    .option('--path <path>', 'this file or folder alone')
    .option('--yes', 'do not ask')
    .option(...json)
    .action(restore);
  add('delete <workspace> <checkpoint>', 'delete a checkpoint; the files stay').action(remove);
}

async function list(name: string, { json, ...options }: Printed): Promise<void> {
  const found = await withApi(options, async ({ ask }) =>
    ask({ method: 'GET', path: await pathOf(ask, name), schema: checkpointList }),
  );
  if (json) print(found);
  else if (found.items.length === 0) console.log('no checkpoints');
  else for (const one of found.items) console.log(lineOf(one));
}

interface CreateOptions extends Printed {
  label?: string;
  path?: string;
  includeIgnored?: boolean;
}

async function create(
  name: string,
  { json, label, path, includeIgnored, ...options }: CreateOptions,
): Promise<void> {
  const input = { id: newId('checkpoint'), label, path, include_ignored: includeIgnored ?? false };
  const body = parsed(createCheckpointInput, input, label ?? path ?? name);
  const made = await withApi(options, async ({ ask }) =>
    ask({ method: 'POST', path: await pathOf(ask, name), body, schema: checkpoint }),
  );
  if (json) {
    print(made);
    return;
  }
  console.log(lineOf(made));
  for (const { path: place, reason } of made.skipped)
    console.log(`  left out: ${shownPath(place)}: ${reason}`);
}

async function diff(name: string, id: string, options: Printed & { previous?: boolean }): Promise<void> {
  const { json, previous } = options;
  const found = await withApi(options, async ({ ask }) => {
    const path = withQuery(`${await onePath(ask, name, id)}/diff`, { with: previous ? 'previous' : 'now' });
    return ask({ method: 'GET', path, schema: checkpointDiff });
  });
  if (json) {
    print(found);
    return;
  }
  if (found.total === 0) console.log('no changes');
  for (const change of found.changes) console.log(changeLine(change));
  const more = found.total - found.changes.length;
  if (more > 0) console.log(`and ${more} more`);
}

async function restore(
  name: string,
  id: string,
  { json, path, yes, ...options }: Printed & { path?: string; yes?: boolean },
): Promise<void> {
  if (!yes) {
    const what = path === undefined ? 'The files become' : `${path} becomes`;
    await confirm(
      `${what} what it was at the checkpoint. The present is kept as a checkpoint of its own.`,
      'restore',
    );
  }
  const body = { path, before_id: newId('checkpoint') };
  const before = await withApi(options, async ({ ask }) =>
    ask({ method: 'POST', path: `${await onePath(ask, name, id)}/restore`, body, schema: checkpoint }),
  );
  if (json) print(before);
  else printReport(name, before);
}

function printReport(name: string, { id, restored }: Checkpoint): void {
  console.log(`${restored?.written ?? 0} written, ${restored?.deleted ?? 0} deleted`);
  for (const { path, reason } of restored?.problems ?? [])
    console.log(`  left as it is: ${shownPath(path)}: ${reason}`);
  console.log(`To undo: podex checkpoints restore ${name} ${id}`);
}

async function remove(name: string, id: string, options: ConnectionOptions): Promise<void> {
  await withApi(options, async ({ ask }) =>
    ask({ method: 'DELETE', path: await onePath(ask, name, id), schema: z.unknown() }),
  );
  console.log('The checkpoint is deleted. The files stay as they are.');
}

async function pathOf(ask: AskApi, name: string): Promise<string> {
  return `/api/workspaces/${(await findWorkspace(ask, name)).id}/checkpoints`;
}

async function onePath(ask: AskApi, name: string, id: string): Promise<string> {
  return `${await pathOf(ask, name)}/${parsed(checkpointId, id, id)}`;
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, subject: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${subject}: ${issue?.message ?? 'is not valid'}`, { cure: HELP, exitCode: EXIT.usage });
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

const ORIGINS: Readonly<Record<Checkpoint['origin'], string>> = {
  person: '',
  tool_call: 'Before a change by the agent',
  restore: 'Before a restore',
};

function lineOf({
  id,
  created_at: createdAt,
  label,
  origin,
  changes,
  files,
  skipped_count: skipped,
}: Checkpoint): string {
  const changed = changes && changes.added + changes.modified + changes.removed;
  const parts = [
    id,
    createdAt,
    changed === null ? countOf(files, 'file') : `${countOf(changed, 'file')} changed`,
    ...(skipped > 0 ? [`${skipped} left out`] : []),
    label ?? ORIGINS[origin],
  ];
  return parts.join('  ').trimEnd();
}

const SIGNS: Readonly<Record<CheckpointChange['kind'], string>> = { added: 'A', modified: 'M', removed: 'D' };

function changeLine({ path, kind, lines }: CheckpointChange): string {
  const counts = lines === null ? '' : `  +${lines.added} -${lines.removed}`;
  return `${SIGNS[kind]} ${shownPath(path)}${counts}`;
}
