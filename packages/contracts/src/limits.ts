/** What a request to api may cost before it is refused. What enforces a limit, and the OpenAPI document, take it from here. */

/** Of the line with the address and all headers together: Node’s own limit. */
export const HEAD_BYTES_MAX = 16_384;
/** From the first byte of a request to the end of its headers. */
export const HEAD_DEADLINE_MS = 15_000;

/** Bodies of api’s own routes are small: a client that needs longer is not one of ours. */
export const BODY_BYTES_MAX = 2 * 1024 * 1024;
export const BODY_DEADLINE_MS = 30_000;

/** A body that goes through to a workspace may take as long as it takes, but not be silent for so long. */
export const FORWARDED_SILENCE_MS = 60_000;

/** Bodies that the daemon reads whole. */
export const SMALL_BODY_BYTES_MAX = 65_536;
export const EDIT_BODY_BYTES_MAX = 16 * 1024 * 1024;
export const COMMAND_BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Of a request that names thousands of files. */
export const GIT_BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Of a request that names the matches to replace in many files. */
export const REPLACE_BODY_BYTES_MAX = 2 * 1024 * 1024;

/** Routes whose bodies go through to the workspace as they are. */
export const FORWARDED_PATH =
  /^\/api\/workspaces\/[^/]+\/(files|commands|terminals|search|watch|git|checkpoints|ssh)(\/|$)/;

const METHODS_WITH_BODY = ['post', 'put', 'patch'];
/** Of what goes through; what is not named here is bounded by the disk of the workspace alone. */
const FORWARDED_BODY_BYTES_MAX: Readonly<Record<string, number>> = {
  editFile: EDIT_BODY_BYTES_MAX,
  previewEdit: EDIT_BODY_BYTES_MAX,
  previewReplace: REPLACE_BODY_BYTES_MAX,
  replaceInFiles: REPLACE_BODY_BYTES_MAX,
  moveFile: SMALL_BODY_BYTES_MAX,
  makeDirectory: SMALL_BODY_BYTES_MAX,
  trashFile: SMALL_BODY_BYTES_MAX,
  restoreFile: SMALL_BODY_BYTES_MAX,
  createUpload: SMALL_BODY_BYTES_MAX,
  finishUpload: SMALL_BODY_BYTES_MAX,
  runCommand: COMMAND_BODY_BYTES_MAX,
  createTerminal: SMALL_BODY_BYTES_MAX,
  stageGitChanges: GIT_BODY_BYTES_MAX,
  unstageGitChanges: GIT_BODY_BYTES_MAX,
  discardGitChanges: GIT_BODY_BYTES_MAX,
  commitGitChanges: GIT_BODY_BYTES_MAX,
  pushGitBranch: SMALL_BODY_BYTES_MAX,
  pullGitBranch: SMALL_BODY_BYTES_MAX,
  fetchGitRemotes: SMALL_BODY_BYTES_MAX,
  checkOutGitBranch: SMALL_BODY_BYTES_MAX,
  stashGitChanges: SMALL_BODY_BYTES_MAX,
  abortGitOperation: SMALL_BODY_BYTES_MAX,
  renameTerminal: SMALL_BODY_BYTES_MAX,
  createCheckpoint: SMALL_BODY_BYTES_MAX,
  restoreCheckpoint: SMALL_BODY_BYTES_MAX,
};

/** The limits of one operation, as the OpenAPI document states them (`x-podex-limits`). */
export interface OperationLimits {
  max_head_bytes: number;
  head_deadline_ms: number;
  /** 0: a body is refused. Null: as large as the disk of the workspace has room for. */
  max_body_bytes: number | null;
  /** From the headers to the last byte of the body. Null: no deadline, or no body. */
  body_deadline_ms: number | null;
  /** The longest pause within a body. Null: the deadline alone counts, or there is no body. */
  body_silence_ms: number | null;
}

/** The limits of the operation with this method (in small letters) and path. */
export function limitsOf(operation: { operationId: string; method: string; path: string }): OperationLimits {
  const head = { max_head_bytes: HEAD_BYTES_MAX, head_deadline_ms: HEAD_DEADLINE_MS };
  if (!METHODS_WITH_BODY.includes(operation.method)) {
    return { ...head, max_body_bytes: 0, body_deadline_ms: null, body_silence_ms: null };
  }
  if (!FORWARDED_PATH.test(operation.path)) {
    return {
      ...head,
      max_body_bytes: BODY_BYTES_MAX,
      body_deadline_ms: BODY_DEADLINE_MS,
      body_silence_ms: null,
    };
  }
  return {
    ...head,
    max_body_bytes: FORWARDED_BODY_BYTES_MAX[operation.operationId] ?? null,
    body_deadline_ms: null,
    body_silence_ms: FORWARDED_SILENCE_MS,
  };
}
