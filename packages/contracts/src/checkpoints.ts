import { z } from 'zod';
import { filePath } from './files.ts';
import { checkpointId, toolCallId, turnId } from './ids.ts';
import { nameText } from './text.ts';

/** Larger files are not kept, and so neither changed nor deleted by a restore. */
export const CHECKPOINT_FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Files, folders and links of one checkpoint. */
export const CHECKPOINT_ENTRIES_MAX = 200_000;
/** Places that are named of those that were left out. */
export const CHECKPOINT_SKIPPED_MAX = 20;
/** Places that are named of those that could not be restored. */
export const CHECKPOINT_PROBLEMS_MAX = 100;
/** Changed files that a comparison lists. */
export const CHECKPOINT_CHANGES_MAX = 1_000;
/** Of each side of a file that is compared. */
export const CHECKPOINT_TEXT_BYTES_MAX = 262_144;

const place = z.object({ path: z.string(), reason: z.string() });
const count = z.number().int().min(0);

export const restoreReport = z
  .object({
    checkpoint_id: checkpointId.meta({ description: 'What was restored.' }),
    path: z
      .string()
      .nullable()
      .meta({ description: 'The only file or folder that was restored, if not all.' }),
    written: count.meta({ description: 'Files, folders and links that were written.' }),
    deleted: count.meta({ description: 'Files, folders and links that came after the checkpoint.' }),
    problems: z
      .array(place)
      .meta({ description: 'The first 100 places that were left as they are, and why.' }),
    problems_count: count,
  })
  .meta({ id: 'RestoreReport' });
export type RestoreReport = z.infer<typeof restoreReport>;

export const checkpoint = z
  .object({
    id: checkpointId,
    label: z.string().nullable(),
    origin: z.enum(['person', 'tool_call', 'restore']).meta({
      description: 'Who made it: a person or program, the agent, or a restore, which keeps what it replaces.',
    }),
    path: z.string().meta({ description: 'The folder that it holds, absolute inside the workspace.' }),
    include_ignored: z.boolean(),
    turn_id: turnId.optional(),
    tool_call_id: toolCallId.optional(),
    created_at: z.iso.datetime(),
    files: count,
    bytes: count.meta({
      description: 'Of all its files. What did not change is stored once for all checkpoints.',
    }),
    changes: z
      .object({ added: count, modified: count, removed: count })
      .nullable()
      .meta({ description: 'Against the checkpoint of the same folder before it; null for the first.' }),
    skipped: z.array(place).meta({ description: 'The first 20 places that it does not hold, and why.' }),
    skipped_count: count,
    restored: restoreReport
      .nullable()
      .meta({ description: 'Of a checkpoint that a restore made first: what the restore then did.' }),
  })
  .meta({ id: 'Checkpoint' });
export type Checkpoint = z.infer<typeof checkpoint>;

export const checkpointList = z
  .object({
    items: z.array(checkpoint).meta({ description: 'All of them, the newest first.' }),
    next: z.null(),
    stored_bytes: count,
    max_bytes: count.meta({ description: 'Beyond this the oldest are deleted.' }),
  })
  .meta({ id: 'CheckpointList' });
export type CheckpointList = z.infer<typeof checkpointList>;

/** The folder of a checkpoint: below the home. */
export const createCheckpointInput = z
  .object({
    id: checkpointId.optional().meta({
      description:
        'Made by the client: a repeated request with it answers with the checkpoint that is there.',
    }),
    label: nameText(200).optional(),
    path: filePath.optional().meta({
      description:
        'The folder, /home/dev or below; /home/dev when left out, then without the files and folders directly in it whose names begin with a dot.',
    }),
    include_ignored: z.boolean().default(false).meta({
      description:
        'Also what a .gitignore names. `.git`, `node_modules` and `.cache` never are in a checkpoint.',
    }),
    turn_id: turnId.optional(),
    tool_call_id: toolCallId.optional(),
  })
  .meta({ id: 'CreateCheckpoint' });
export type CreateCheckpointInput = z.infer<typeof createCheckpointInput>;

export const restoreCheckpointInput = z
  .object({
    path: filePath.optional().meta({ description: 'Only this file or folder.' }),
    before_id: checkpointId.optional().meta({
      description:
        'For the checkpoint of the present that a restore makes first. A repeated request with it restores nothing again.',
    }),
  })
  .meta({ id: 'RestoreCheckpoint' });
export type RestoreCheckpointInput = z.infer<typeof restoreCheckpointInput>;

export const compareCheckpointQuery = z.object({
  with: z
    .union([z.enum(['now', 'previous']), checkpointId])
    .default('now')
    .meta({
      description:
        '`now`: from the checkpoint to the files as they are. `previous`: from the checkpoint of the same folder before it to this one. An id: from that one to this one.',
    }),
});
export const compareFileQuery = compareCheckpointQuery.extend({ path: filePath });
export type ComparisonSide = z.infer<typeof compareCheckpointQuery>['with'];

const entryKind = z.enum(['file', 'directory', 'symlink']);
export type CheckpointEntryKind = z.infer<typeof entryKind>;

export const checkpointChange = z
  .object({
    path: z.string().meta({ description: 'Absolute inside the workspace.' }),
    kind: z.enum(['added', 'modified', 'removed']),
    before: entryKind.nullable(),
    after: entryKind.nullable(),
    lines: z.object({ added: count, removed: count }).nullable().meta({
      description:
        'Lines that only one side has; one that moved counts on neither. Null for what is no text, above 256 KB, or behind the first 200.',
    }),
  })
  .meta({ id: 'CheckpointChange' });
export type CheckpointChange = z.infer<typeof checkpointChange>;

export const checkpointDiff = z
  .object({
    changes: z.array(checkpointChange).meta({ description: 'The first 1,000, by path.' }),
    total: count,
  })
  .meta({ id: 'CheckpointDiff' });
export type CheckpointDiff = z.infer<typeof checkpointDiff>;

export const checkpointFileDiff = z
  .object({
    before: z.string().nullable().meta({ description: 'Null where there is no file.' }),
    after: z.string().nullable(),
    is_binary: z.boolean().meta({ description: 'One side is no text: both are left out.' }),
    is_cut: z.boolean().meta({ description: 'A side has more than 256 KB: its beginning is shown.' }),
  })
  .meta({ id: 'CheckpointFileDiff' });
export type CheckpointFileDiff = z.infer<typeof checkpointFileDiff>;
