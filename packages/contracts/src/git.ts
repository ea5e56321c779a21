import { z } from 'zod';
import { filePath } from './files.ts';
import { commandId } from './ids.ts';
import { anyBytes, anyText, lineText, opaqueText } from './text.ts';

/** Entries of one page of a status. */
export const GIT_STATUS_ENTRIES_MAX = 5_000;
/** Of what git writes as a diff; beyond, the diff is cut and says so. */
export const GIT_DIFF_BYTES_MAX = 1_048_576;
/** Of the text of one line that is shown. What is staged is whole. */
export const GIT_LINE_CHARACTERS_MAX = 2_000;
export const GIT_BRANCHES_MAX = 1_000;
export const GIT_REPOSITORIES_MAX = 50;
export const GIT_STASHES_MAX = 100;
const FILES_MAX = 5_000;
const HUNKS_MAX = 1_000;
/** An argument of a program may have twice that. */
const MESSAGE_BYTES_MAX = 65_536;

/** Not read as an option, a range or several words. What git itself makes of it is git’s to say. */
export const gitName = lineText(250)
  .min(1)
  .regex(/^(?!-)[^\s~^:?*[\\]+$/, 'must be a name as git takes it, without spaces, and not begin with a dash')
  .meta({ example: 'main' });

const objectName = z
  .string()
  .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'must be the whole name of a commit')
  .max(64);

/** A path inside the repository, from its root. */
const treePath = anyText(4096).min(1).meta({
  description: 'From the root of the repository. Bytes that are no UTF-8 as in FilePath.',
  example: 'src/main.ts',
});

export const repositoryQuery = z.object({
  path: filePath.meta({ description: 'A folder inside the repository.' }),
});

export const gitRepository = z.object({ path: z.string(), name: z.string() }).meta({ id: 'GitRepository' });

export const gitRepositories = z
  .object({
    items: z.array(gitRepository),
    truncated: z.boolean().meta({ description: 'There may be more.' }),
  })
  .meta({ id: 'GitRepositories' });
export type GitRepositories = z.infer<typeof gitRepositories>;

/** As in `git status`, in words. */
export const gitChange = z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'type_changed']);
export type GitChange = z.infer<typeof gitChange>;

/** A path of 4,096 bytes in base64, and what goes before it. */
const STATUS_CURSOR_CHARACTERS_MAX = 6_000;
export const gitStatusQuery = repositoryQuery.extend({
  after: opaqueText(STATUS_CURSOR_CHARACTERS_MAX)
    .optional()
    .meta({ description: 'The `next` of the page before.' }),
});
export type GitStatusQuery = z.infer<typeof gitStatusQuery>;

export const gitStatusEntry = z
  .object({
    path: z.string(),
    old_path: z.string().optional().meta({ description: 'Of what was renamed or copied.' }),
    kind: z.enum(['tracked', 'untracked', 'conflicted']),
    staged: gitChange.nullable().meta({ description: 'What the next commit would say of it.' }),
    unstaged: gitChange.nullable().meta({ description: 'How the file differs from what is staged.' }),
    conflict: z
      .enum([
        'both_modified',
        'both_added',
        'both_deleted',
        'deleted_by_us',
        'deleted_by_them',
        'added_by_us',
        'added_by_them',
      ])
      .optional(),
    submodule: z.boolean().optional(),
  })
  .meta({ id: 'GitStatusEntry' });
export type GitStatusEntry = z.infer<typeof gitStatusEntry>;

export const gitOperation = z.enum(['merge', 'rebase', 'cherry_pick', 'revert']);
export type GitOperation = z.infer<typeof gitOperation>;

export const gitStatus = z
  .object({
    root: z.string().meta({ description: 'The folder that the paths start from.' }),
    branch: z.string().nullable().meta({ description: 'null: no branch is checked out.' }),
    head: z.string().nullable().meta({ description: 'The commit; null before the first.' }),
    upstream: z.string().nullable().meta({ example: 'origin/main' }),
    ahead: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Commits that the upstream lacks; null without one.' }),
    behind: z.number().int().nullable(),
    stashes: z.number().int(),
    operation: gitOperation
      .nullable()
      .meta({ description: 'What is under way and waits to be finished or given up.' }),
    entries: z.array(gitStatusEntry),
    // An older daemon has no pages.
    next: z
      .string()
      .nullable()
      .default(null)
      .meta({ description: 'For the page after this one; null: there is none.' }),
    truncated: z
      .boolean()
      .meta({ description: 'There is more, be it on a next page or beyond what is read of it.' }),
  })
  .meta({ id: 'GitStatus' });
export type GitStatus = z.infer<typeof gitStatus>;

export const gitDiffSource = z.enum(['unstaged', 'staged', 'commit', 'stash']);

export const gitDiffQuery = repositoryQuery
  .extend({
    source: gitDiffSource.default('unstaged'),
    file: treePath.optional().meta({ description: 'Only this file, from the root of the repository.' }),
    commit: objectName
      .optional()
      .meta({ description: 'With source `commit`: what it changed, against its first parent.' }),
    stash: z.coerce.number().int().min(0).max(GIT_STASHES_MAX).optional(),
  })
  .refine((query) => query.source !== 'commit' || query.commit !== undefined, 'source commit needs commit')
  .refine((query) => query.source !== 'stash' || query.stash !== undefined, 'source stash needs stash');
export type GitDiffQuery = z.infer<typeof gitDiffQuery>;

export const gitHunk = z
  .object({
    id: z.string().meta({ description: 'Names this hunk of this version of the file.' }),
    old_start: z.number().int(),
    old_lines: z.number().int(),
    new_start: z.number().int(),
    new_lines: z.number().int(),
    heading: z.string(),
    lines: z.array(z.string()).meta({
      description: 'Each begins with a space, `-`, `+`, or `\\` for a missing line end. Long ones are cut.',
    }),
  })
  .meta({ id: 'GitHunk' });
export type GitHunk = z.infer<typeof gitHunk>;

export const gitFileDiff = z
  .object({
    id: z
      .string()
      .meta({ description: 'Of the whole difference of this file; what is staged by hunks names it.' }),
    path: z.string(),
    old_path: z.string().optional(),
    change: gitChange,
    binary: z.boolean(),
    hunks: z.array(gitHunk),
    truncated: z.boolean().meta({ description: 'It goes on; its hunks cannot be staged one by one.' }),
  })
  .meta({ id: 'GitFileDiff' });
export type GitFileDiff = z.infer<typeof gitFileDiff>;

export const gitDiff = z
  .object({ files: z.array(gitFileDiff), truncated: z.boolean() })
  .meta({ id: 'GitDiff' });
export type GitDiff = z.infer<typeof gitDiff>;

export const gitLogQuery = repositoryQuery.extend({
  after: opaqueText(200).optional().meta({ description: 'The `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const gitCommitEntry = z
  .object({
    id: z.string(),
    parents: z.array(z.string()),
    author_name: z.string(),
    author_email: z.string(),
    authored_at: z.string(),
    refs: z.array(z.string()),
    subject: z.string(),
    body: z.string(),
  })
  .meta({ id: 'GitCommitEntry' });
export type GitCommitEntry = z.infer<typeof gitCommitEntry>;

export const gitLog = z
  .object({ items: z.array(gitCommitEntry), next: z.string().nullable() })
  .meta({ id: 'GitLog' });
export type GitLog = z.infer<typeof gitLog>;

export const gitBranch = z
  .object({
    name: z.string(),
    kind: z.enum(['local', 'remote']),
    commit: z.string(),
    upstream: z.string().nullable(),
    current: z.boolean(),
    committed_at: z.string(),
  })
  .meta({ id: 'GitBranch' });
export type GitBranch = z.infer<typeof gitBranch>;

export const gitBranches = z
  .object({ items: z.array(gitBranch), truncated: z.boolean() })
  .meta({ id: 'GitBranches' });
export type GitBranches = z.infer<typeof gitBranches>;

export const gitStash = z
  .object({ index: z.number().int(), message: z.string(), created_at: z.string() })
  .meta({ id: 'GitStash' });
export const gitStashes = z.object({ items: z.array(gitStash) }).meta({ id: 'GitStashes' });
export type GitStashes = z.infer<typeof gitStashes>;

const files = z.array(treePath).min(1).max(FILES_MAX);

/** Hunks of one file as they were shown. When the file has changed since, nothing is done. */
const hunks = z.object({
  file: treePath,
  diff_id: opaqueText(100).min(1),
  hunk_ids: z.array(opaqueText(100).min(1)).min(1).max(HUNKS_MAX),
});

/** What is staged, unstaged or discarded: whole files, or hunks of one. */
export const gitSelectionInput = z
  .object({ path: repositoryQuery.shape.path, files: files.optional(), hunks: hunks.optional() })
  .refine(
    (value) => (value.files === undefined) !== (value.hunks === undefined),
    'give either files or hunks',
  )
  .meta({ id: 'GitSelection' });
export type GitSelection = z.infer<typeof gitSelectionInput>;

/** One of a command’s id and body: repeated, it is done once. */
const action = z.object({ command_id: commandId, path: repositoryQuery.shape.path });

export const gitCommitInput = action
  .extend({
    message: anyBytes(MESSAGE_BYTES_MAX).min(1),
    amend: z.boolean().default(false),
    all: z
      .boolean()
      .default(false)
      .meta({ description: 'Changes of tracked files that are not staged as well.' }),
  })
  .meta({ id: 'GitCommit' });
export const gitPushInput = action
  .extend({
    remote: gitName.default('origin'),
    set_upstream: z.boolean().default(false),
    force_with_lease: z.boolean().default(false),
  })
  .meta({ id: 'GitPush' });
export const gitPullInput = action.extend({ rebase: z.boolean().default(false) }).meta({ id: 'GitPull' });
export const gitFetchInput = action.meta({ id: 'GitFetch' });
export const gitCheckoutInput = action
  .extend({
    branch: gitName,
    create: z.boolean().default(false),
  })
  .meta({ id: 'GitCheckout' });
export const gitStashInput = action
  .extend({
    do: z.enum(['push', 'pop', 'drop']),
    index: z.number().int().min(0).max(GIT_STASHES_MAX).default(0),
    message: lineText(500).optional(),
  })
  .meta({ id: 'GitStashInput' });
export const gitAbortInput = action.extend({ operation: gitOperation }).meta({ id: 'GitAbort' });
