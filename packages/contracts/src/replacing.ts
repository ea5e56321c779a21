import { z } from 'zod';
import { errorBody } from './errors.ts';
import { fileEntry, filePath, searchMatch } from './files.ts';
import { anyText, opaqueText } from './text.ts';

/** Files of one request. */
export const REPLACE_FILES_MAX = 50;
/** Changes that one preview shows, of all its files. */
export const REPLACE_CHANGES_MAX = 2_000;

const pattern = {
  q: anyText(1000)
    .min(1)
    .meta({ description: 'As in a search of contents; a line end in it matches LF and CRLF.' }),
  regex: z
    .boolean()
    .default(false)
    .meta({ description: 'As in JavaScript, where it can be with its flag `u`.' }),
  case_sensitive: z.boolean().default(false),
  whole_word: z.boolean().default(false),
  replacement: anyText(5000).meta({
    description:
      'Taken as it is. With `regex`: `$1` or `$<name>` is what a group matched, `$&` the match, `$$` a dollar sign, `\\n`, `\\t` and `\\\\` as usual. A bare LF becomes what the lines at that place end in.',
  }),
};

export const previewReplaceInput = z
  .object({ ...pattern, paths: z.array(filePath).min(1).max(REPLACE_FILES_MAX) })
  .meta({ id: 'PreviewReplace' });
export type PreviewReplaceInput = z.infer<typeof previewReplaceInput>;

const problem = errorBody.shape.error.omit({ request_id: true }).nullable().meta({
  description: 'Why nothing is replaced in it: the error that a request for it alone would end in.',
});

export const replaceChange = searchMatch
  .extend({
    index: z.number().int().meta({ description: 'Of this match among all of its file, from 0.' }),
    replacement: z
      .string()
      .meta({ description: 'What comes in its place; of more than 500 characters the beginning.' }),
  })
  .meta({ id: 'ReplaceChange' });
export type ReplaceChange = z.infer<typeof replaceChange>;

export const replacePreview = z
  .object({
    files: z.array(
      z.object({
        path: z.string().meta({ description: 'As it was given.' }),
        etag: z.string().nullable(),
        count: z.number().int().meta({ description: 'Of its matches.' }),
        changes: z
          .array(replaceChange)
          .meta({ description: 'The first of them; 2,000 in all files together.' }),
        problem,
      }),
    ),
  })
  .meta({ id: 'ReplacePreview' });
export type ReplacePreview = z.infer<typeof replacePreview>;

export const replaceInput = z
  .object({
    ...pattern,
    files: z
      .array(
        z.object({
          path: filePath,
          etag: opaqueText(200).meta({
            description: 'Of the preview: a file that was changed since is left as it is.',
          }),
          only: z
            .array(
              z
                .number()
                .int()
                .min(0)
                .max(2 ** 31),
            )
            .min(1)
            .max(REPLACE_CHANGES_MAX)
            .optional()
            .meta({ description: 'The matches to replace, by `index`; all when left out.' }),
        }),
      )
      .min(1)
      .max(REPLACE_FILES_MAX),
  })
  .meta({ id: 'ReplaceInFiles' });
export type ReplaceInput = z.infer<typeof replaceInput>;

export const replaceResult = z
  .object({
    files: z.array(
      z.object({
        path: z.string().meta({ description: 'As it was given.' }),
        entry: fileEntry.nullable().meta({ description: 'As it is now; null when it was left as it is.' }),
        replacements: z.number().int(),
        problem,
      }),
    ),
  })
  .meta({ id: 'ReplaceResult' });
export type ReplaceResult = z.infer<typeof replaceResult>;
