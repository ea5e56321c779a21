import { PodexError } from '@podex/contracts/errors';
import type { FileVersion } from '@podex/contracts/file-versions';
import type { ToolContext } from './tool.ts';
import { absolutePath, workspacePath } from './workspace-path.ts';

/** What a call that saw or wrote a file records. */
export function versionsOf(
  path: string,
  version: Omit<FileVersion, 'path' | 'etag'> & { etag: string | undefined },
): FileVersion[] {
  const { etag, ...rest } = version;
  return etag === undefined ? [] : [{ path: absolutePath(path), etag, ...rest }];
}

export function knownEtag(path: string, { files }: ToolContext): string | undefined {
  return files.etagOf(absolutePath(path));
}

export function notRead(path: string): PodexError {
  return new PodexError(
    'file_changed',
    `${path} exists, and you have not read it in this conversation. Nothing was written. Read it with read_file first, then write it, or change a part of it with edit_file.`,
    { path },
  );
}

export function changedSinceRead(path: string): PodexError {
  return new PodexError(
    'file_changed',
    `${path} has changed since you read it: a person, a program or a command wrote it. Nothing was written. Read it again with read_file, and keep what was changed.`,
    { path },
  );
}

function changedSinceApproval(path: string): PodexError {
  return new PodexError(
    'file_changed',
    `${path} has changed since the user was shown this change. Nothing was written. Read it again with read_file, and propose the change to what is there now.`,
    { path },
  );
}

/**
 * Carries out a change that a person approved, in the version that they were shown and in no other.
 *
 * @throws PodexError file_changed, for the model.
 */
export async function asApproved<Result>(
  path: string,
  context: ToolContext,
  change: () => Promise<Result>,
): Promise<Result> {
  const target = await linkTarget(path, context);
  if (target !== (context.approvedFile?.target ?? undefined)) throw changedSinceApproval(path);
  return saidAs(changedSinceApproval(path), change);
}

/** Has a changed file told in the words of `refusal`. */
export async function saidAs<Result>(refusal: PodexError, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    throw PodexError.has(error, 'file_changed') ? refusal : error;
  }
}

/** Where links in the path lead, also of a file that is not there yet; undefined when there are none. */
export async function linkTarget(
  given: string,
  { workspace, signal }: ToolContext,
): Promise<string | undefined> {
  const path = absolutePath(given);
  let below = '';
  for (let place = path; ; place = parentOf(place)) {
    try {
      const listed = place === path ? workspacePath(given) : place;
      const { target } = await workspace.list(listed, { signal, limit: 1 });
      return target === undefined ? undefined : target + below;
    } catch (error) {
      if (!PodexError.has(error, 'file_not_found') || place === '/') throw error;
      below = path.slice(parentOf(place).replace(/\/$/, '').length);
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
