import { editFileInput, editsOf } from '@podex/contracts/files';
import type { ToolCallItem } from '@podex/contracts/transcript';
import { z } from 'zod';

export interface FileChange {
  path: string;
  /** null: a whole file is written. */
  before: string | null;
  after: string;
}

const writeFileInput = z.object({ path: z.string(), content: z.string() });

/** What a call does to a file, as it was shown to a person or else as the model wrote it; none for other calls. */
export function fileChangesOf({
  tool,
  input,
  approval,
}: Pick<ToolCallItem, 'tool' | 'input' | 'approval'>): FileChange[] {
  const preview = approval?.preview;
  if (preview?.type === 'diff') {
    return [{ path: preview.target ?? preview.path, before: preview.before, after: preview.after }];
  }
  if (tool === 'edit_file') {
    const edit = editFileInput.safeParse(input).data;
    if (edit === undefined) return [];
    return editsOf(edit).map(({ old_text: before, new_text: after }) => ({ path: edit.path, before, after }));
  }
  const written = tool === 'write_file' ? writeFileInput.safeParse(input).data : undefined;
  return written === undefined ? [] : [{ path: written.path, before: null, after: written.content }];
}
