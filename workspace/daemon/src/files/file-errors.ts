import { PodexError } from '@podex/contracts/errors';

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

export function isOtherFilesystem(error: unknown): boolean {
  return codeOf(error) === 'EXDEV';
}

/** What the operating system refused, in words of the contract. An error that is not the caller’s (a bug, an I/O error) is returned unchanged. */
export function translateFileError(error: unknown, path: string): unknown {
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
      return new PodexError('file_not_found', `There is no ${path}.`, { path }, options);
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new PodexError('file_exists', `${path} exists already. Choose another name.`, { path }, options);
    case 'EISDIR':
      return new PodexError('file_is_directory', `${path} is a folder.`, { path }, options);
    case 'ENOTDIR':
      return new PodexError(
        'file_not_directory',
        `${path} goes through something that is no folder.`,
        { path },
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new PodexError('forbidden', `The workspace’s user may not do that with ${path}.`, {}, options);
    case 'EROFS':
      return new PodexError(
        'forbidden',
        `${path} is on a read-only filesystem. Choose another place.`,
        {},
        options,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new PodexError(
        'disk_full',
        'The disk of the workspace is full. Delete something first.',
        {},
        options,
      );
    case 'ENAMETOOLONG':
    case 'ELOOP':
    case 'EINVAL':
      return new PodexError('invalid_request', `${path} cannot be used: ${codeOf(error)}.`, {}, options);
    case 'EBUSY':
    case 'ETXTBSY':
      return new PodexError(
        'conflict',
        `${path} is in use by a program. End it and try again.`,
        { reason: 'in use' },
        options,
      );
    default:
      return error;
  }
}

/** Runs one operation on `path` and translates its failure. */
export async function onFile<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw translateFileError(error, path);
  }
}
