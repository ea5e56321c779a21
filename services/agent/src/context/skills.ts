import type { FileEntry } from '@podex/contracts/files';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import { type ReadingCall, unlessMissing } from './workspace-reading.ts';

/** In the order of their standing: of two skills with one name the first is told. */
const FOLDERS = ['.podex/skills', '.claude/skills'];
const FILE_NAME = 'SKILL.md';
/** Of all that there are; a prompt has to pay for each. */
const MAX_SKILLS = 40;
const MAX_FRONT_MATTER_BYTES = 16_000;

/** As skills are written for other agents too: front matter in YAML, then the text. */
const frontMatter = z.object({
  name: z.string().trim().min(1).max(64).optional(),
  description: z
    .string()
    .trim()
    .min(1)
    .transform((text) => text.replaceAll(/\s+/g, ' ').slice(0, 500)),
});

/** Instructions for one kind of work. The model reads the text when it needs it. */
export interface Skill {
  name: string;
  description: string;
  /** Of its `SKILL.md`, absolute. */
  path: string;
}

/** The skills in each of `places`, sorted by place, folder and name. A link is not followed, and a file that says nothing of itself is left out. */
export async function findSkills(
  workspace: WorkspaceClient,
  places: readonly string[],
  call: ReadingCall,
): Promise<Skill[]> {
  const folders = places.flatMap((place) => FOLDERS.map((folder) => `${place}/${folder}`));
  const listings = await Promise.all(
    folders.map((folder) => unlessMissing(workspace.list(folder, { ...call, limit: MAX_SKILLS }))),
  );
  const entries = listings.flatMap((listing) =>
    (listing?.children ?? []).filter(({ type, name }) => type === 'directory' && !name.startsWith('.')),
  );
  const read = await Promise.all(
    entries.slice(0, MAX_SKILLS).map((entry) => readSkill(workspace, entry, call)),
  );
  const byName = new Map<string, Skill>();
  for (const skill of read) if (skill !== undefined && !byName.has(skill.name)) byName.set(skill.name, skill);
  return [...byName.values()];
}

async function readSkill(
  workspace: WorkspaceClient,
  folder: FileEntry,
  call: ReadingCall,
): Promise<Skill | undefined> {
  const entry = (await unlessMissing(workspace.list(`${folder.path}/${FILE_NAME}`, call)))?.entry;
  if (entry?.type !== 'file') return undefined;
  const file = await unlessMissing(
    workspace.readText(entry.path, { ...call, maxBytes: MAX_FRONT_MATTER_BYTES }),
  );
  const facts = frontMatter.safeParse(frontMatterOf(file?.text ?? ''));
  if (!facts.success) return undefined;
  return { name: facts.data.name ?? folder.name, description: facts.data.description, path: entry.path };
}

/** What stands between the two lines of `---` at the beginning; undefined where that is not right. */
export function frontMatterOf(text: string): unknown {
  const [, yaml] = /^\uFEFF?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)/s.exec(text) ?? [];
  if (yaml === undefined) return undefined;
  // Aliases are not followed: a few lines of them can stand for any number of values.
  const document = parseDocument(yaml, { schema: 'failsafe', logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}
