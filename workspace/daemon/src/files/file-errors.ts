import { type ErrorCode, type ErrorContext, PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

export function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

export function isOtherFilesystem(error: unknown): boolean {
  return codeOf(error) === 'EXDEV';
}

/** A folder or a file that the user may not change. */
export function isRefused(error: unknown): boolean {
  return REFUSALS.has(codeOf(error) ?? '');
}

/** A program that runs cannot be written, only replaced. */
export function isRunning(error: unknown): boolean {
  return codeOf(error) === 'ETXTBSY';
}

export function isNotEmpty(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '');
}

/** Of opening a folder without following links: it is a file, or a link. */
export function isNoFolder(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '');
}

/** Of removing a file: it is a folder. */
export function isFolder(error: unknown): boolean {
  return codeOf(error) === 'EISDIR';
}

/** Codes whose context is the path, a reason, or nothing. */
type FileErrorCode =
  | 'conflict'
  | 'disk_full'
  | 'file_exists'
  | 'file_is_directory'
  | 'file_not_directory'
  | 'file_not_found'
  | 'forbidden'
  | 'invalid_request'
  | 'service_unavailable'
  | 'internal';

interface FileProblem {
  code: FileErrorCode;
  /** Cause and cure. */
  says: (path: string) => string;
}

const problem = (code: FileErrorCode, says: (path: string) => string): FileProblem => ({ code, says });

const NOT_FOUND = problem('file_not_found', (path) => `There is no ${path}.`);
const EXISTS = problem('file_exists', (path) => `${path} exists already. Choose another name.`);
const REFUSED = problem(
  'forbidden',
  (path) =>
    `The workspace’s user may not do that with ${path}. Change its permissions, or those of the folders above it.`,
);
const FULL = problem('disk_full', () => 'The disk of the workspace is full. Delete something first.');
const IN_USE = problem('conflict', (path) => `${path} is in use by a program. End it and try again.`);
const NOT_OFFERED = problem(
  'invalid_request',
  (path) => `The filesystem that ${path} is on does not offer this. Use another folder.`,
);
const NO_FILE = problem(
  'invalid_request',
  (path) => `${path} is a device, a pipe or a socket, not a file. Use a terminal.`,
);
const BUSY_SERVICE = problem(
  'service_unavailable',
  () => 'Too many files are open in the workspace, or its memory is used up. End a program and try again.',
);
const GONE = problem(
  'conflict',
  (path) => `The filesystem that ${path} is on went away. Mount it again, then try again.`,
);
const BROKEN = problem(
  'internal',
  (path) => `The disk below ${path} reported an error. Try again; if it stays, tell the operator.`,
);

/** What the operating system refuses on the way to a file, by errno, in words of the contract. The only such table. */
const FILE_PROBLEMS: Readonly<Record<string, FileProblem>> = {
  ENOENT: NOT_FOUND,
  EEXIST: EXISTS,
  ENOTEMPTY: EXISTS,
  EISDIR: problem('file_is_directory', (path) => `${path} is a folder. Choose a file.`),
  ENOTDIR: problem(
    'file_not_directory',
    (path) => `${path} goes through something that is no folder. Choose another path.`,
  ),
  EACCES: REFUSED,
  EPERM: REFUSED,
  EROFS: problem('forbidden', (path) => `${path} is on a read-only filesystem. Choose another place.`),
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: problem(
    'invalid_request',
    (path) => `${path} would be larger than its filesystem allows. Split it.`,
  ),
  ENAMETOOLONG: problem(
    'invalid_request',
    (path) => `${path} is too long: a name may have 255 bytes and a path 4,095. Shorten it.`,
  ),
  ELOOP: problem('invalid_request', (path) => `${path} leads through too many links. Mend the links.`),
  EINVAL: problem('invalid_request', (path) => `${path} can’t be used for this. Choose another path.`),
  EILSEQ: problem('invalid_request', (path) => `The filesystem does not take the name ${path}. Rename it.`),
  EMLINK: problem(
    'conflict',
    (path) => `${path} has as many links as its filesystem allows. Use another folder.`,
  ),
  EOVERFLOW: problem(
    'invalid_request',
    (path) => `${path} has a size or a date that can’t be told. Use a terminal.`,
  ),
  EBUSY: IN_USE,
  ETXTBSY: IN_USE,
  EAGAIN: IN_USE,
  EDEADLK: IN_USE,
  ENOLCK: IN_USE,
  EINTR: IN_USE,
  EXDEV: NOT_OFFERED,
  ENOSYS: NOT_OFFERED,
  ENOTSUP: NOT_OFFERED,
  EOPNOTSUPP: NOT_OFFERED,
  ENXIO: NO_FILE,
  ENODEV: NO_FILE,
  ESPIPE: NO_FILE,
  ENOTTY: NO_FILE,
  EMFILE: BUSY_SERVICE,
  ENFILE: BUSY_SERVICE,
  ENOMEM: BUSY_SERVICE,
  ENOBUFS: BUSY_SERVICE,
  ESTALE: GONE,
  ENOTCONN: GONE,
  ECONNABORTED: GONE,
  ECONNREFUSED: GONE,
  ECONNRESET: GONE,
  EHOSTUNREACH: GONE,
  ENETUNREACH: GONE,
  ENOLINK: GONE,
  ETIMEDOUT: GONE,
  EIO: BROKEN,
};
const REFUSALS = new Set(['EACCES', 'EPERM', 'EROFS']);
/** Of which nothing better can be said. */
const OTHER = problem(
  'conflict',
  (path) => `The operating system refused this for ${path}. Try it in a terminal.`,
);

/**
 * What the operating system refused, in words of the contract. What is none of its errors (a bug) is returned unchanged.
 */
export function translateFileError(error: unknown, path: string): unknown {
  const errno = codeOf(error);
  if (errno === undefined || !isSystemError(error)) return error;
  const { code, says } = FILE_PROBLEMS[errno] ?? OTHER;
  const message = says(shownPath(path));
  return new PodexError<ErrorCode>(code, message, contextOf(code, path, errno), { cause: error });
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

function contextOf(code: FileErrorCode, path: string, errno: string): ErrorContext<ErrorCode> {
  switch (code) {
    case 'file_exists':
    case 'file_is_directory':
    case 'file_not_directory':
    case 'file_not_found':
      return { path };
    case 'conflict':
      return { reason: errno };
    case 'service_unavailable':
      return { service: 'files' };
    default:
      return {};
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
