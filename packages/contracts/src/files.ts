import { z } from 'zod';
import { anyText, lineText } from './text.ts';

/** Either side of an edit; an edit’s body may have 16 MB. */
const EDIT_CHARACTERS_MAX = 8 * 1024 * 1024;

export const fileType = z.enum(['file', 'directory', 'symlink', 'other']);

export const fileEntry = z
  .object({
    name: z.string(),
    path: z.string().meta({ description: 'Absolute inside the workspace.' }),
    type: fileType,
    size: z.number().int().meta({ description: 'Bytes.' }),
    mode: z.number().int().meta({ description: 'POSIX permission bits.' }),
    modified_at: z.iso.datetime(),
    etag: z.string().meta({ description: 'Changes whenever the content may have changed.' }),
  })
  .meta({ id: 'FileEntry' });
export type FileEntry = z.infer<typeof fileEntry>;

/** Absolute inside the workspace, or relative to /home/dev. Bytes outside UTF-8 are not supported in names. */
export const filePath = anyText(4096).min(1).meta({ id: 'FilePath', example: 'project/README.md' });

export const fileQuery = z.object({ path: filePath });

/** A directory answers its entry and its children (at most 10,000, directories first, then by name). */
export const fileListing = z
  .object({ entry: fileEntry, children: z.array(fileEntry).optional(), truncated: z.boolean().optional() })
  .meta({ id: 'FileListing' });
export type FileListing = z.infer<typeof fileListing>;

export const moveFileInput = z
  .object({ from: filePath, to: filePath, overwrite: z.boolean().default(false) })
  .meta({ id: 'MoveFile' });
export const makeDirectoryInput = z.object({ path: filePath }).meta({ id: 'MakeDirectory' });

/**
 * Replaces `old_text` by `new_text` in a UTF-8 file, atomically. Exactly one occurrence unless `replace_all`.
 * With an `Idempotency-Key` a repeated request answers as the first one did and changes nothing.
 */
export const editFileInput = z
  .object({
    path: filePath,
    old_text: anyText(EDIT_CHARACTERS_MAX).min(1),
    new_text: anyText(EDIT_CHARACTERS_MAX),
    replace_all: z.boolean().default(false),
  })
  .meta({ id: 'EditFile' });
export type EditFileInput = z.infer<typeof editFileInput>;

export const editFileResult = z
  .object({
    entry: fileEntry,
    replacements: z.number().int(),
  })
  .meta({ id: 'EditFileResult' });
export type EditFileResult = z.infer<typeof editFileResult>;

export const searchQuery = z.object({
  q: anyText(1000)
    .min(1)
    .regex(/^[^\n\r]*$/, 'must be one line'),
  mode: z.enum(['content', 'name']).default('content'),
  path: filePath.optional().meta({ description: 'Folder to search in; /home/dev when left out.' }),
  glob: lineText(500).optional(),
  regex: z.stringbool().default(false),
  case_sensitive: z.stringbool().default(false),
  limit: z.coerce.number().int().min(1).max(5000).default(200),
});
export type SearchQuery = z.infer<typeof searchQuery>;

export const searchMatch = z
  .object({
    path: z.string(),
    line: z.number().int().optional().meta({ description: 'From 1; left out in mode `name`.' }),
    column: z.number().int().optional().meta({ description: 'From 1, in characters.' }),
    text: z.string().optional().meta({ description: 'The line, cut at 500 characters.' }),
  })
  .meta({ id: 'SearchMatch' });
export const searchResult = z
  .object({ matches: z.array(searchMatch), truncated: z.boolean() })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof searchResult>;
