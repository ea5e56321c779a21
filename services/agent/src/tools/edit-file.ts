import { PodexError } from '@podex/contracts/errors';
import { EDITS_MAX, type EditFileInput, type EditPreview, type PassageEdit } from '@podex/contracts/files';
import { countOf } from '@podex/contracts/text';
import { z } from 'zod';
import type { ReplacedVersion } from '../workspace/workspace-client.ts';
import { type DiffSides, diffPreview } from './file-preview.ts';
import { asApproved, versionsOf } from './file-versions.ts';
import { nearestPassage } from './nearest-passage.ts';
import { defineTool, type ToolContext } from './tool.ts';
import { absolutePath, pathInput, workspacePath } from './workspace-path.ts';

const oldText = z
  .string()
  .min(1)
  .describe('The passage to replace, exactly as it stands in the file, without line numbers.');
const newText = z.string().describe('What stands there afterwards.');
const replaceAll = z
  .boolean()
  .default(false)
  .describe('Replace every occurrence; otherwise there must be exactly one.');

const input = z
  .object({
    path: pathInput,
    old_text: oldText.optional(),
    new_text: newText.optional(),
    replace_all: replaceAll,
    edits: z
      .array(z.object({ old_text: oldText, new_text: newText, replace_all: replaceAll }))
      .max(EDITS_MAX)
      .default([])
      .describe(
        'In place of old_text and new_text: several edits of the file, in order. All are made, or none.',
      ),
  })
  .refine(({ edits, old_text: before, new_text: after }) => {
    if (before === undefined && after === undefined) return edits.length > 0;
    return before !== undefined && after !== undefined && edits.length === 0;
  }, 'give either old_text and new_text, or edits');
type Input = z.output<typeof input>;

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces a passage of a text file, or several with edits. old_text must be found exactly once (give more lines around it when it is not unique), or set replace_all. Read the file first.',
  input,
  summary: (call) => {
    const { edits, path, replace_all: isAll } = call;
    if (edits.length > 1) return `Edit ${path} (${countOf(edits.length, 'passage', 'passages')})`;
    return `Edit ${path}${isAll || edits[0]?.replace_all ? ' (every occurrence)' : ''}`;
  },
  effect: ({ path }) => ({ kind: 'mutates', paths: [path] }),
  preview: (call, context) => withNearest(call, context, () => preview(call, context)),
  execute: async (call, context) => {
    const { entry, replacements, replaced_etag } = await withNearest(call, context, () =>
      edit(call, context),
    );
    const times = replacements === 1 ? 'once' : `${replacements} times`;
    return {
      isOk: true,
      output: `Edited ${entry.path}: replaced ${times}.`,
      files: replaced_etag === undefined ? [] : versionsOf(call.path, { etag: entry.etag, replaced_etag }),
    };
  },
});

function editsIn({ edits, old_text: before, new_text: after, replace_all: isAll }: Input): PassageEdit[] {
  if (before === undefined || after === undefined) return edits;
  return [{ old_text: before, new_text: after, replace_all: isAll }];
}

/** One edit in the form that daemons of every age know. */
function requestOf(call: Input): EditFileInput {
  const path = workspacePath(call.path);
  const edits = editsIn(call);
  const [only] = edits;
  return only !== undefined && edits.length === 1 ? { path, ...only } : { path, edits };
}

async function preview(call: Input, context: ToolContext) {
  const { workspace, signal } = context;
  try {
    const shown = await workspace.previewEdit(requestOf(call), { signal });
    return await diffPreview(call.path, sidesOf(shown), context);
  } catch (error) {
    if (!PodexError.has(error, 'not_found')) throw error;
    // The daemon has run since an older version, which has no previews: the passages alone.
    const edits = editsIn(call);
    const before = edits.map((one) => one.old_text).join('\n…\n');
    const after = edits.map((one) => one.new_text).join('\n…\n');
    return diffPreview(call.path, { before, after, etag: undefined }, context);
  }
}

function sidesOf({ entry, before, after, first_line: line, is_whole: isWhole }: EditPreview): DiffSides {
  const note = isWhole ? '' : `… from line ${line} on; the rest of the file stays as it is\n`;
  return { before: note + before, after: note + after, etag: entry.etag };
}

/**
 * Without an approval a passage may be edited in any version: it has to be there exactly, so that nothing is replaced which the model has
 * not seen. An approved edit is made in what the person was shown, or in what the edits approved with it have made of that.
 */
function edit(call: Input, context: ToolContext) {
  const { approvedFile, files } = context;
  if (approvedFile === null) return send(call, 'any', context);
  const { etag } = approvedFile;
  const replaces = etag === null ? 'any' : { etag: files.editedFrom(absolutePath(call.path), etag) };
  return asApproved(call.path, context, () => send(call, replaces, context));
}

function send(call: Input, replaces: ReplacedVersion, { workspace, toolCallId, signal }: ToolContext) {
  return workspace.edit(requestOf(call), { signal, idempotencyKey: toolCallId, replaces });
}

const MAX_SEARCHED_BYTES = 1024 * 1024;

/** Has a text that is not found told with the passage of the file that is most like it. */
async function withNearest<Result>(
  call: Input,
  { workspace, signal }: ToolContext,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (!PodexError.has(error, 'text_not_found')) throw error;
    const path = workspacePath(call.path);
    const { text = '' } = await workspace.readText(path, { signal, maxBytes: MAX_SEARCHED_BYTES });
    const missing = editsIn(call).find((one) => !text.includes(one.old_text));
    const nearest = missing && nearestPassage(text, missing.old_text);
    if (nearest === undefined) throw error;
    throw new PodexError('text_not_found', `${error.message} ${nearest}`, error.context, { cause: error });
  }
}
