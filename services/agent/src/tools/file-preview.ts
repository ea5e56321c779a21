import type { ApprovalPreview } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { FileText } from '../workspace/workspace-client.ts';
import { linkTarget } from './file-versions.ts';
import type { ToolContext } from './tool.ts';
import { workspacePath } from './workspace-path.ts';

/** Of each side of a preview. */
const MAX_PREVIEW_CHARACTERS = 256 * 1024;

/** A file as it is now; null when there is none. */
export async function currentFile(
  path: string,
  { workspace, signal }: ToolContext,
): Promise<FileText | null> {
  try {
    return await workspace.readText(workspacePath(path), { signal, maxBytes: MAX_PREVIEW_CHARACTERS });
  } catch (error) {
    if (PodexError.has(error, 'file_not_found')) return null;
    throw error;
  }
}

export interface DiffSides {
  before: string | null;
  after: string;
  /** Of `before`. */
  etag: string | undefined;
}

/** A diff that names the file which links lead to. */
export async function diffPreview(
  path: string,
  { before, after, etag }: DiffSides,
  context: ToolContext,
): Promise<ApprovalPreview> {
  const target = await linkTarget(path, context);
  return {
    type: 'diff',
    path,
    ...(target === undefined ? {} : { target }),
    ...(etag === undefined ? {} : { etag }),
    before: before === null ? null : cut(before),
    after: cut(after),
  };
}

function cut(text: string): string {
  if (text.length <= MAX_PREVIEW_CHARACTERS) return text;
  return `${text.slice(0, MAX_PREVIEW_CHARACTERS)}\n… ${text.length - MAX_PREVIEW_CHARACTERS} more characters are not shown`;
}
