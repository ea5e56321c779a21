import { PodexError } from '@podex/contracts/errors';
import { isSameVersion } from '@podex/contracts/file-versions';
import type { FileEntry } from '@podex/contracts/files';
import { z } from 'zod';
import type { ReplacedVersion } from '../workspace/workspace-client.ts';
import { currentFile, diffPreview } from './file-preview.ts';
import { asApproved, changedSinceRead, knownEtag, notRead, saidAs, versionsOf } from './file-versions.ts';
import { defineTool, type ToolContext } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const input = z.object({
  path: pathInput,
  content: z.string().describe('The whole new content.'),
});

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Writes a whole text file: makes it, with its folders, or replaces all that was in it. Read a file that exists before you replace it. To change a part of a file, use edit_file.',
  input,
  summary: ({ path, content }) => `Write ${path} (${Buffer.byteLength(content)} bytes)`,
  effect: ({ path }) => ({ kind: 'mutates', paths: [path] }),
  preview: async ({ path, content }, context) => {
    const file = await currentFile(path, context);
    if (file === null) return diffPreview(path, { before: null, after: content, etag: undefined }, context);
    requireKnown(path, file.etag, context);
    const before = file.isWhole && file.text !== undefined ? file.text : NOT_SHOWN;
    return diffPreview(path, { before, after: content, etag: file.etag }, context);
  },
  execute: async (call, context) => {
    const entry = await write(call, context);
    return {
      isOk: true,
      output: `Wrote ${entry.path} (${entry.size} bytes).`,
      files: versionsOf(call.path, { etag: entry.etag }),
    };
  },
});

const NOT_SHOWN = '(a file that is too long to show, or not text)\n';

/** @throws PodexError file_changed, for the model. */
function requireKnown(path: string, etag: string | undefined, context: ToolContext): void {
  const known = knownEtag(path, context);
  if (known === undefined) throw notRead(path);
  if (etag !== undefined && !isSameVersion(known, etag)) throw changedSinceRead(path);
}

/**
 * Replaces what the conversation has seen, or a person has, and nothing newer. What is sent follows from what is recorded alone, so that a
 * worker that takes over sends the same under the same key and is given the response to the first one.
 */
function write(call: z.output<typeof input>, context: ToolContext): Promise<FileEntry> {
  const { path } = call;
  const { approvedFile } = context;
  if (approvedFile !== null) {
    const { etag } = approvedFile;
    return asApproved(path, context, () => send(call, etag === null ? 'none' : { etag }, context));
  }
  const etag = knownEtag(path, context);
  if (etag === undefined) return saidAs(notRead(path), () => send(call, 'none', context));
  return saidAs(changedSinceRead(path), () => replace(call, etag, context));
}

/** A file that is gone since has nothing that could be lost: it is made again. */
async function replace(call: z.output<typeof input>, etag: string, context: ToolContext): Promise<FileEntry> {
  try {
    return await send(call, { etag }, context);
  } catch (error) {
    if (!PodexError.has(error, 'file_changed')) throw error;
    return await send(call, 'none', context);
  }
}

function send(
  { path, content }: z.output<typeof input>,
  replaces: ReplacedVersion,
  { workspace, toolCallId, signal }: ToolContext,
): Promise<FileEntry> {
  const idempotencyKey = replaces === 'none' ? `${toolCallId}-new` : toolCallId;
  return workspace.writeText(workspacePath(path), content, { signal, idempotencyKey, replaces });
}
