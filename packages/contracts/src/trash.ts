import { z } from 'zod';
import { fileEntry, filePath } from './files.ts';
import { anyText } from './text.ts';

/** Entries of the trash that are listed. */
export const TRASH_ENTRIES_MAX = 1_000;

/** The name that it bears in the trash; as a path, in how bytes are spelled that are no UTF-8. */
export const trashId = anyText(1024).min(1).meta({ id: 'TrashId', example: 'notes.2.txt' });

export const trashFileInput = z.object({ path: filePath }).meta({ id: 'TrashFile' });

export const trashEntry = z
  .object({
    trash_id: trashId,
    original_path: z.string().nullable().meta({
      description: 'Where it was; null when the trash does not say, as another program may leave it.',
    }),
    deleted_at: z.iso.datetime().nullable(),
    entry: fileEntry.meta({ description: 'As it is in the trash.' }),
  })
  .meta({ id: 'TrashEntry' });
export type TrashEntry = z.infer<typeof trashEntry>;

export const trashListing = z
  .object({
    entries: z.array(trashEntry).meta({ description: 'At most 1,000, what was deleted last first.' }),
    truncated: z.boolean(),
    size: z.number().int().meta({ description: 'Bytes of all that is in the trash.' }),
    size_is_minimum: z.boolean().meta({ description: 'There was too much to count it all.' }),
  })
  .meta({ id: 'TrashListing' });
export type TrashListing = z.infer<typeof trashListing>;

export const restoreFileInput = z
  .object({
    trash_id: trashId,
    to: filePath.optional().meta({ description: 'Where it was, when left out.' }),
  })
  .meta({ id: 'RestoreFile' });

export const emptyTrashQuery = z.object({
  trash_id: trashId.optional().meta({ description: 'Only this; everything when left out.' }),
});
