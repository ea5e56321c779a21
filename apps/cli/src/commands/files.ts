import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { shownPath } from '@podex/contracts/file-names';
import { type FileEntry, type FileListing, fileEntry, fileListing } from '@podex/contracts/files';
import { newId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { trashEntry } from '@podex/contracts/trash';
import { upload } from '@podex/contracts/uploads';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { findWorkspace } from './find-workspace.ts';

const PAGE = 2_000;
/** Sent well within the time that a request may take, over slow lines as well. */
const PART_BYTES = 4 * 1024 * 1024;
const HOME = '/home/dev';
const TO_OUTPUT = '-';
const AS_FILE = { route: 'content', suffix: '' };
const AS_TAR = { route: 'archive', suffix: '.tar.gz' };
const AS_ZIP = { route: 'archive/zip', suffix: '.zip' };

/** Workspaces are named by their name or id; paths in them start at the home. */
export function addFilesCommand(program: Command): void {
  const files = program.command('files').description('files of a workspace');
  const add = (usage: string, description: string) =>
    addConnectionOptions(files.command(usage)).description(description);
  add('list <workspace> [path]', 'what is in a folder').option('--json', 'for programs').action(list);
  add('get <workspace> <path> [to]', 'download a file, or a folder as .tar.gz; - is the standard output')
    .option('--zip', 'a folder as .zip')
    .action(get);
  add('put <workspace> <file> [to]', 'upload a file; folders in its way are made')
    .option('--overwrite', 'also where a file is already')
    .action(put);
  add('delete <workspace> <path>', 'move a file or a folder to the trash')
    .option('--permanently', 'delete it for good')
    .action(remove);
}

async function list(
  name: string,
  folder = HOME,
  options: ConnectionOptions & { json?: boolean },
): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const at = await filesOf(ask, name);
    for (let after: string | null | undefined; after !== null; ) {
      const query = { path: folder, limit: PAGE, after };
      const page: FileListing = await ask({ method: 'GET', path: withQuery(at, query), schema: fileListing });
      for (const entry of page.children ?? [page.entry]) {
        console.log(options.json ? JSON.stringify(entry) : lineOf(entry));
      }
      after = page.next;
    }
  });
}

async function get(
  name: string,
  file: string,
  to: string | undefined,
  options: ConnectionOptions & { zip?: boolean },
): Promise<void> {
  await withApi(options, async ({ ask, download }) => {
    const at = await filesOf(ask, name);
    const { entry } = await ask({
      method: 'GET',
      path: withQuery(at, { path: file, limit: 1 }),
      schema: fileListing,
    });
    const isFolder = entry.type === 'directory';
    const { route, suffix } = isFolder ? (options.zip ? AS_ZIP : AS_TAR) : AS_FILE;
    const from = withQuery(`${at}/${route}`, { path: file });
    const target = to ?? `${shownPath(entry.name).replaceAll('/', '_')}${suffix}`;
    if (target === TO_OUTPUT) {
      await pipeline(await download(from), process.stdout, { end: false });
      return;
    }
    await saveAs(target, await download(from));
    console.log(target);
  });
}

/** Whole or not at all. */
async function saveAs(target: string, content: NodeJS.ReadableStream): Promise<void> {
  const partial = `${target}.podex-part`;
  try {
    await pipeline(content, createWriteStream(partial));
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

interface PutOptions extends ConnectionOptions {
  overwrite?: boolean;
}

async function put(name: string, file: string, to = path.basename(file), options: PutOptions): Promise<void> {
  await using source = await open(file).catch((error: unknown) => {
    throw notReadable(file, error);
  });
  const { size, isFile } = await stat(file).then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
  if (!isFile) throw notReadable(file, new Error('it is no file'));
  const entry = await withApi(options, async ({ ask }) => {
    const id = newId('upload');
    const at = `${await filesOf(ask, name)}/uploads/${id}`;
    const condition = options.overwrite ? {} : { if_none_match: '*' };
    let { offset } = await ask({
      method: 'PUT',
      path: at,
      body: { path: to, size, ...condition },
      schema: upload,
    });
    const buffer = Buffer.alloc(PART_BYTES);
    while (offset < size) {
      const { bytesRead } = await source.read(buffer, 0, PART_BYTES, offset);
      if (bytesRead === 0) throw notReadable(file, new Error('it became shorter'));
      const body = buffer.subarray(0, bytesRead);
      ({ offset } = await ask({ method: 'PATCH', path: withQuery(at, { offset }), body, schema: upload }));
    }
    return ask({ method: 'POST', path: `${at}/finish`, body: {}, schema: fileEntry });
  });
  console.log(lineOf(entry));
}

async function remove(
  name: string,
  file: string,
  options: ConnectionOptions & { permanently?: boolean },
): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const at = await filesOf(ask, name);
    if (options.permanently) {
      await ask({ method: 'DELETE', path: withQuery(`${at}/content`, { path: file }), schema: z.unknown() });
      console.log(`${file} is deleted`);
      return;
    }
    await ask({ method: 'POST', path: `${at}/trash`, body: { path: file }, schema: trashEntry });
    console.log(`${file} is in the trash of the workspace`);
  });
}

async function filesOf(ask: AskApi, name: string): Promise<string> {
  return `/api/workspaces/${(await findWorkspace(ask, name)).id}/files`;
}

function notReadable(file: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CliError(`Can’t read ${file}: ${reason}`, {
    cure: 'name a file that is there',
    exitCode: EXIT.usage,
  });
}

function lineOf({ type, size, modified_at: modifiedAt, name }: FileEntry): string {
  const suffix = { directory: '/', symlink: '@', file: '', other: '=' }[type];
  return `${String(size).padStart(12)}  ${modifiedAt.slice(0, 16).replace('T', ' ')}  ${shownPath(name)}${suffix}`;
}
