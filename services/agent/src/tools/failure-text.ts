import { type ErrorCode, PodexError } from '@podex/contracts/errors';

/** For the model: what went wrong in the workspace, and what to do about it. */
export function failureText(error: PodexError): string {
  const hint = HINTS[error.code];
  return hint === undefined ? error.message : `${error.message} ${hint}`;
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  file_not_found: 'Look with list_files or glob.',
  file_is_directory: 'It is a directory: use list_files.',
  file_not_directory: 'It is not a directory: use read_file.',
  text_not_found:
    'Read the file again and copy the passage exactly, with its spaces and without line numbers.',
  text_not_unique: 'Give more of the lines around it, or set replace_all.',
  command_not_found: 'Give the command_id that run_command returned.',
  disk_full: 'The disk of the workspace is full: free some room first.',
};

/** Codes that say that the workspace cannot be worked in at all: the turn ends with them, instead of the model trying on. */
const WORKSPACE_IS_GONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'workspace_not_running',
  'workspace_not_found',
  'daemon_unreachable',
  'server_unreachable',
  'service_unavailable',
  'unauthenticated',
  'attempt_superseded',
  'timed_out',
]);

/** The failure is the model’s to deal with: a wrong path, a passage that is not there. */
export function isForModel(error: unknown): error is PodexError {
  return PodexError.isInstance(error) && !WORKSPACE_IS_GONE.has(error.code);
}
