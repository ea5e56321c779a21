import { z } from 'zod';
import { errorBody } from './errors.ts';
import { anyText, lineText, opaqueText } from './text.ts';

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
    unreadable: z.string().optional().meta({
      description:
        'Only of an entry in a folder of which nothing but its name and type could be found out: why. Size, mode and date are 0 then.',
    }),
  })
  .meta({ id: 'FileEntry' });
export type FileEntry = z.infer<typeof fileEntry>;

/** See `file-names.ts` for names that are not UTF-8. */
export const filePath = anyText(4096).min(1).meta({
  id: 'FilePath',
  description:
    'Absolute inside the workspace, or relative to /home/dev. A byte 0xNN of a name that is no UTF-8 is the character U+10FENN, in what is given and in what is taken.',
  example: 'project/README.md',
});

export const fileQuery = z.object({ path: filePath });

/** Of one page of a directory. */
export const LISTED_CHILDREN_MAX = 10_000;

export const listFilesQuery = fileQuery.extend({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LISTED_CHILDREN_MAX)
    .default(LISTED_CHILDREN_MAX)
    .meta({ description: 'Children in one response.' }),
  after: opaqueText(2_000).optional().meta({ description: 'The `next` of the page before.' }),
});

/**
 * A directory answers its entry and its children: directories first, then by name, code unit by code unit. That order is that of all
 * pages together: what is there from the first page to the last is listed once, whatever comes and goes meanwhile.
 */
export const fileListing = z
  .object({
    entry: fileEntry,
    children: z.array(fileEntry).optional(),
    truncated: z.boolean().optional().meta({ description: 'There are more children than these.' }),
    target: z.string().optional().meta({
      description: 'Where the path leads, when it or a folder in it is a link; the file need not be there.',
    }),
    next: z.string().nullable().default(null).meta({
      description: 'Cursor of the next page; null at the end, or when the daemon is too old to say.',
    }),
  })
  .meta({ id: 'FileListing' });
export type FileListing = z.infer<typeof fileListing>;

export const moveFileInput = z
  .object({ from: filePath, to: filePath, overwrite: z.boolean().default(false) })
  .meta({ id: 'MoveFile' });
export const makeDirectoryInput = z.object({ path: filePath }).meta({ id: 'MakeDirectory' });

const passageEdit = z.object({
  old_text: anyText(EDIT_CHARACTERS_MAX).min(1),
  new_text: anyText(EDIT_CHARACTERS_MAX),
  replace_all: z.boolean().default(false),
});
export type PassageEdit = z.infer<typeof passageEdit>;

/** Of one request. */
export const EDITS_MAX = 100;

/**
 * Replaces `old_text` by `new_text` in a UTF-8 file, atomically. Exactly one occurrence unless `replace_all`. Several `edits` apply in their
 * order, each to what the one before has left, and all of them or none.
 * With an `Idempotency-Key` a repeated request answers as the first one did and changes nothing. Line ends in `old_text` match LF and
 * CRLF; a bare LF in `new_text` becomes what the lines at that place end in.
 */
export const editFileInput = z
  .union([
    z.object({ path: filePath, edits: z.array(passageEdit).min(1).max(EDITS_MAX) }),
    passageEdit.extend({ path: filePath }),
  ])
  .meta({ id: 'EditFile' });
export type EditFileInput = z.infer<typeof editFileInput>;

export function editsOf(input: EditFileInput): readonly PassageEdit[] {
  return 'edits' in input ? input.edits : [input];
}

/** Of each side of a preview. */
export const EDIT_PREVIEW_BYTES_MAX = 262_144;

/**
 * What an edit would do. A route of its own and not a flag of the edit: the daemon of a workspace that has run since an older version of
 * Podex does not know the route, where it would not see the flag and carry the edit out.
 */
export const editPreview = z
  .object({
    entry: fileEntry.meta({ description: 'As it is.' }),
    replacements: z.number().int(),
    before: z.string(),
    after: z.string(),
    first_line: z.number().int().meta({ description: 'The number in the file of the first line shown.' }),
    is_whole: z.boolean().meta({
      description:
        'Both sides are the whole file; otherwise they are what surrounds the changes, cut at 256 KB.',
    }),
  })
  .meta({ id: 'EditPreview' });
export type EditPreview = z.infer<typeof editPreview>;

export const editFileResult = z
  .object({
    entry: fileEntry,
    replacements: z.number().int(),
    replaced_etag: z
      .string()
      .optional()
      .meta({ description: 'Of the version that was edited; left out by an older daemon.' }),
  })
  .meta({ id: 'EditFileResult' });
export type EditFileResult = z.infer<typeof editFileResult>;

/** Lines on each side of a match. */
const SEARCH_CONTEXT_MAX = 10;
const globList = lineText(1000);

export const searchQuery = z.object({
  q: anyText(1000)
    .min(1)
    .meta({ description: 'May have several lines; a line end in it matches LF and CRLF.' }),
  mode: z.enum(['content', 'name']).default('content'),
  path: filePath.optional().meta({ description: 'Folder to search in; /home/dev when left out.' }),
  glob: lineText(500).optional(),
  include: globList
    .optional()
    .meta({ description: 'Files and folders to search, by globs with commas between.' }),
  exclude: globList.optional().meta({ description: 'Files and folders to leave out, in the same way.' }),
  regex: z.stringbool().default(false).meta({
    description:
      'Without it, mode `name` finds paths that have these letters in this order, the best first; words with spaces between must all be found.',
  }),
  case_sensitive: z.stringbool().default(false),
  whole_word: z.stringbool().default(false).meta({ description: 'In mode `content`.' }),
  context: z.coerce.number().int().min(0).max(SEARCH_CONTEXT_MAX).default(0).meta({
    description: 'Lines before and after each match, in mode `content`.',
  }),
  sort: z.enum(['found', 'modified']).default('found').meta({
    description: 'In mode `name`: `modified` gives the files that were changed last first, as they are now.',
  }),
  limit: z.coerce.number().int().min(1).max(5000).default(200),
});
export type SearchQuery = z.infer<typeof searchQuery>;

/** Of what is shown of a line. */
export const SEARCH_TEXT_CHARACTERS_MAX = 500;
/** Larger files are left out of a search of contents. Within them lines may have any length. */
export const SEARCH_FILE_BYTES_MAX = 20_000_000;
/** Skipped places that are named. */
export const SEARCH_SKIPPED_MAX = 100;

export const searchMatch = z
  .object({
    path: z.string(),
    line: z.number().int().optional().meta({ description: 'From 1; left out in mode `name`.' }),
    column: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Where the match begins: from 1, in characters.' }),
    length: z.number().int().optional().meta({
      description: 'Of the match, in characters; left out where its line was too long to be held.',
    }),
    text: z.string().optional().meta({
      description:
        'The line, or the lines of the match; of more than 500 characters those around its beginning.',
    }),
    text_column: z.number().int().optional().meta({ description: 'The column at which `text` begins.' }),
    before: z
      .array(z.string())
      .optional()
      .meta({ description: 'The lines before it, where `context` asks for them.' }),
    after: z.array(z.string()).optional(),
    modified_at: z.iso.datetime().optional().meta({ description: 'With `sort=modified`.' }),
  })
  .meta({ id: 'SearchMatch' });
export type SearchMatch = z.infer<typeof searchMatch>;
export const searchResult = z
  .object({
    matches: z.array(searchMatch),
    truncated: z.boolean().meta({ description: 'There may be more matches.' }),
    skipped: z
      .array(z.object({ path: z.string(), reason: z.string() }))
      .default([])
      .meta({ description: 'The first 100 places that could not be searched.' }),
    skipped_count: z
      .number()
      .int()
      .default(0)
      .meta({ description: 'How many places could not be searched.' }),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof searchResult>;

/** One line of a search that is asked for with `Accept: application/x-ndjson`: each match as it is found, then one `end` or `error`. */
export const searchEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('match'), match: searchMatch }),
    z.object({ type: z.literal('end'), ...searchResult.omit({ matches: true }).shape }),
    z.object({ type: z.literal('error'), ...errorBody.shape }),
  ])
  .meta({ id: 'SearchEvent' });
export type SearchEvent = z.infer<typeof searchEvent>;
export const SEARCH_STREAM_TYPE = 'application/x-ndjson';
