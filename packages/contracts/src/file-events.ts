import { z } from 'zod';
import { filePath } from './files.ts';
import { lineText } from './text.ts';

/** Folders that one watch names. */
export const WATCH_PATHS_MAX = 256;
/** Folders that one watch follows, with those below the named ones. */
export const WATCH_FOLDERS_MAX = 2_000;
/** Changes in one event; more at once are an overflow. */
export const WATCH_CHANGES_MAX = 1_000;
/** Watches of one workspace at the same time. */
export const WATCHES_MAX = 24;
const IGNORED_NAMES_MAX = 50;

/**
 * Folders that a recursive watch passes over by their names: what is in them is made by programs, in thousands. One that is named in
 * `path` is watched all the same.
 */
export const WATCH_IGNORED = [
  '.git',
  'node_modules',
  '.cache',
  '.npm',
  '.pnpm-store',
  '.venv',
  '__pycache__',
  '.next',
  '.nuxt',
  '.turbo',
  '.gradle',
  'target',
] as const;

export const watchQuery = z.object({
  path: z.array(filePath).max(WATCH_PATHS_MAX).optional().meta({
    description: 'Folders whose entries are watched; give it once for each. /home/dev when left out.',
  }),
  recursive: z
    .stringbool()
    .default(false)
    .meta({
      description: `With the folders below them, the nearest first and ${WATCH_FOLDERS_MAX} in all; without it the entries of these folders alone.`,
    }),
  ignore: z
    .array(lineText(255).min(1))
    .max(IGNORED_NAMES_MAX)
    .optional()
    .meta({
      description: `Names of folders that \`recursive\` passes over, in place of: ${WATCH_IGNORED.join(', ')}.`,
    }),
});
export type WatchQuery = z.infer<typeof watchQuery>;

export const fileChange = z
  .object({
    path: z.string(),
    kind: z.enum(['created', 'changed', 'deleted']).meta({
      description:
        '`created`: it is there under this name now, for the first time or in place of another; of a folder, all in it is to be read. A move is one `deleted` and one `created`.',
    }),
  })
  .meta({ id: 'FileChange' });
export type FileChange = z.infer<typeof fileChange>;

/**
 * `ready` comes first: what changes from then on is told. `overflow`: there was more than can be told, so read again what you show.
 * `incomplete`: some folders below are not watched, because there are too many.
 */
export const watchEvent = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('ready'),
      folders: z.number().int().meta({ description: 'How many are watched.' }),
      not_watched: z
        .array(z.object({ path: z.string(), reason: z.string() }))
        .meta({ description: 'Named folders that can’t be watched.' }),
    }),
    z.object({ type: z.literal('changes'), changes: z.array(fileChange) }),
    z.object({ type: z.literal('overflow') }),
    z.object({ type: z.literal('incomplete'), max_folders: z.number().int() }),
  ])
  .meta({ id: 'WatchEvent' });
export type WatchEvent = z.infer<typeof watchEvent>;
