import * as fs from 'node:fs';
import { CHECKPOINT_SKIPPED_MAX } from '@podex/contracts/checkpoints';
import { PodexError } from '@podex/contracts/errors';
import { isMissing, translateFileError } from '../files/file-errors.ts';
import { diskPath, spellName } from '../files/file-names.ts';
import { isTemporary } from '../files/staged-file.ts';
import { Breath } from './breath.ts';
import type { CheckpointLimits } from './checkpoint-limits.ts';
import { FileReading, type PieceSink } from './file-reading.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { hashOf } from './pack-file.ts';
import { StatCache } from './stat-cache.ts';
import { serializeTree, type TreeEntry } from './tree.ts';

/** Made again by tools, or no project’s content: never kept, and never touched. */
const NEVER_KEPT = new Set(['.git', 'node_modules', '.cache']);
const GITIGNORE = '.gitignore';
const GITIGNORE_BYTES_MAX = 262_144;
const PERMISSION_BITS = 0o777;
const AS_FOLDER = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;
/** At a time. What lies deeper is reached by its path from the last of them. */
const HELD_FOLDERS_MAX = 64;

export interface ScanOptions {
  /** Absolute, without links. */
  root: string;
  /** Directly in a home lie the settings, keys and histories of programs, under names with a dot. */
  isHome: boolean;
  includeIgnored: boolean;
  cache: StatCache;
  /** Takes contents and trees; it need not keep them. */
  sink: PieceSink;
  /** What another checkpoint holds is looked at even if a .gitignore names it by now. */
  tracked: TrackedFolder | undefined;
  limits: Pick<CheckpointLimits, 'fileBytes' | 'entries'>;
}

/** A folder of another checkpoint. */
export interface TrackedFolder {
  has(name: string): boolean;
  folder(name: string): TrackedFolder | undefined;
}

export interface Scan {
  tree: string;
  files: number;
  bytes: number;
  skipped: { path: string; reason: string }[];
  skippedCount: number;
  cache: StatCache;
}

interface Place {
  /** On the disk; good while the scan is in it. */
  folder: string;
  /** Below the root; `` for the root. */
  path: string;
  rules: IgnoreRules;
  tracked: TrackedFolder | undefined;
}

/** Looks at everything in a folder that a checkpoint of it holds. One `lstat` for a file that has not changed. */
export class ProjectScan {
  readonly #options: ScanOptions;
  readonly #reading: FileReading;
  readonly #cache = new StatCache();
  readonly #breath = new Breath();
  readonly #skipped: { path: string; reason: string }[] = [];
  #skippedCount = 0;
  #files = 0;
  #entries = 0;
  #bytes = 0;
  #held = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#reading = new FileReading(options.sink, options.limits.fileBytes);
  }

  /** @throws PodexError limit_reached, file_not_found, file_not_directory, forbidden, and what the sink throws. */
  async run(): Promise<Scan> {
    const { root, tracked } = this.#options;
    const opened = this.#open(root);
    if ('error' in opened) throw translateFileError(opened.error, root);
    using folder = opened;
    const place = { folder: folder.path, path: '', rules: IgnoreRules.none, tracked };
    const tree = await this.#walk(place, folder.names);
    return {
      tree,
      files: this.#files,
      bytes: this.#bytes,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      cache: this.#cache,
    };
  }

  async #walk(place: Place, names: readonly FoundName[]): Promise<string> {
    const rules = this.#rulesOf(place, names);
    const entries: TreeEntry[] = [];
    for (const { name, isFolder } of names) {
      if (this.#breath.isDue) await this.#breath.take();
      const path = place.path === '' ? name : `${place.path}/${name}`;
      if (this.#isLeftOut({ ...place, rules }, { name, isFolder }, path)) continue;
      this.#countEntry();
      const file = `${place.folder}/${name}`;
      const entry = isFolder
        ? await this.#enter({ folder: file, path, rules, tracked: place.tracked?.folder(name) }, name)
        : this.#look(file, path, name);
      if (entry !== undefined) entries.push(entry);
    }
    const bytes = serializeTree(entries);
    const id = hashOf(bytes);
    this.#options.sink.add(id, bytes);
    return id;
  }

  async #enter(place: Place, name: string): Promise<TreeEntry | undefined> {
    const opened = this.#open(place.folder);
    if ('error' in opened) {
      if (isMissing(opened.error)) return undefined;
      return this.#skip(place.path, name, reasonOf(opened.error, place.path));
    }
    using folder = opened;
    return {
      name,
      kind: 'directory',
      tree: await this.#walk({ ...place, folder: folder.path }, folder.names),
    };
  }

  #isLeftOut({ path: above, rules, tracked }: Place, { name, isFolder }: FoundName, path: string): boolean {
    if (NEVER_KEPT.has(name) || isTemporary(name)) return true;
    const { isHome, includeIgnored } = this.#options;
    if (isHome && above === '' && name.startsWith('.')) return true;
    return !includeIgnored && rules.ignores(path, name, isFolder) && tracked?.has(name) !== true;
  }

  #look(file: string, path: string, name: string): TreeEntry | undefined {
    try {
      const stats = fs.lstatSync(diskPath(file));
      if (stats.isFile()) return this.#keep(file, path, name, stats);
      if (stats.isSymbolicLink()) {
        const target = spellName(fs.readlinkSync(diskPath(file), { encoding: 'buffer' }));
        return { name, kind: 'symlink', target };
      }
      return this.#skip(path, name, 'It is a device, a pipe or a socket.');
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (PodexError.isInstance(error) || !isSystemError(error)) throw error;
      return this.#skip(path, name, reasonOf(error, path));
    }
  }

  #keep(file: string, path: string, name: string, stats: fs.Stats): TreeEntry | undefined {
    const { cache, sink, limits } = this.#options;
    if (stats.size > limits.fileBytes) {
      return this.#skip(path, name, `It has more than ${limits.fileBytes / 1024 ** 2} MB.`);
    }
    const known = cache.find(path, stats);
    if (known?.pieces.every((piece) => sink.has(piece))) {
      this.#cache.set(path, known);
      return this.#fileEntry(name, stats, known.pieces);
    }
    const readAtMs = Date.now();
    const read = this.#reading.read(file);
    if (read === undefined) return this.#skip(path, name, 'It went on changing while it was read.');
    this.#cache.add(path, read.stats, read.pieces, readAtMs);
    return this.#fileEntry(name, read.stats, read.pieces);
  }

  #fileEntry(name: string, stats: fs.Stats, pieces: readonly string[]): TreeEntry {
    this.#files += 1;
    this.#bytes += stats.size;
    return { name, kind: 'file', mode: stats.mode & PERMISSION_BITS, bytes: stats.size, pieces };
  }

  #skip(path: string, name: string, reason: string): TreeEntry {
    this.#skippedCount += 1;
    if (this.#skipped.length < CHECKPOINT_SKIPPED_MAX) {
      this.#skipped.push({ path: `${this.#options.root}/${path}`, reason });
    }
    return { name, kind: 'skipped' };
  }

  #countEntry(): void {
    this.#entries += 1;
    const { entries: max } = this.#options.limits;
    if (this.#entries <= max) return;
    const message = `The folder has more than ${max} files. Make a checkpoint of a folder in it, or name what is not wanted in .gitignore.`;
    throw new PodexError('limit_reached', message, { limit: 'checkpoint_entries', max });
  }

  #rulesOf({ folder, path, rules }: Place, names: readonly FoundName[]): IgnoreRules {
    if (this.#options.includeIgnored || !names.some(({ name }) => name === GITIGNORE)) return rules;
    const text = this.#reading.readText(`${folder}/${GITIGNORE}`, GITIGNORE_BYTES_MAX);
    return text === undefined ? rules : rules.with(path, text);
  }

  /** Each step of a path costs gVisor a look of its own: from a folder that is held open it is one step to every entry. */
  #open(folder: string): OpenedFolder | { error: unknown } {
    let fd: number | undefined;
    try {
      if (this.#held < HELD_FOLDERS_MAX) fd = fs.openSync(diskPath(folder), AS_FOLDER);
      const path = fd === undefined ? folder : `/proc/self/fd/${fd}`;
      const names = fs.readdirSync(diskPath(path), { withFileTypes: true, encoding: 'buffer' });
      if (fd !== undefined) this.#held += 1;
      return {
        path,
        names: names.map((entry) => ({ name: spellName(entry.name), isFolder: entry.isDirectory() })),
        [Symbol.dispose]: () => this.#close(fd),
      };
    } catch (error) {
      if (fd !== undefined) fs.closeSync(fd);
      return { error };
    }
  }

  #close(fd: number | undefined): void {
    if (fd === undefined) return;
    fs.closeSync(fd);
    this.#held -= 1;
  }
}

interface OpenedFolder extends Disposable {
  /** A short way to it, good until it is disposed of. */
  path: string;
  names: FoundName[];
}

interface FoundName {
  name: string;
  isFolder: boolean;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function reasonOf(error: unknown, path: string): string {
  const problem = translateFileError(error, path);
  return PodexError.isInstance(problem) ? problem.message : 'It can’t be read.';
}
