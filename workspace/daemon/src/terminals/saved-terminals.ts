import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TerminalId, terminalId } from '@podex/contracts/ids';
import { terminal } from '@podex/contracts/terminals';
import { z } from 'zod';
import type { Logger } from '../logging/logger.ts';

/** Of the lines that scrolled by and the screen, as bytes that draw them. With more, what came first is left out. */
export const MAX_HISTORY_BYTES = 1_048_576;
const MAX_PATH_LENGTH = 4_096;
const FILE_SUFFIX = '.json';

const savedTerminal = terminal.omit({ status: true }).extend({
  shell: z.string().max(MAX_PATH_LENGTH),
  cwd: z.string().max(MAX_PATH_LENGTH),
  /** Behind the last byte of its output. */
  offset: z.number().int().min(0),
  history: z.string(),
});

/** A terminal as it was when the daemon stopped. */
export type SavedTerminal = z.infer<typeof savedTerminal>;

interface SavedTerminalsOptions {
  directory: string;
  logger: Logger;
}

/** Files, root’s alone, of the terminals that were open when the daemon stopped: one a terminal. */
export class SavedTerminals {
  readonly #directory: string;
  readonly #logger: Logger;

  constructor({ directory, logger }: SavedTerminalsOptions) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** Those that can be read, oldest first. */
  async list(limit: number): Promise<SavedTerminal[]> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (!isMissing(error)) this.#logger.warn({ err: error }, 'terminal.restore_failed');
      return [];
    });
    const ids = names
      .filter((name) => name.endsWith(FILE_SUFFIX))
      .map((name) => name.slice(0, -FILE_SUFFIX.length));
    const saved = await Promise.all(
      ids
        .toSorted()
        .slice(0, limit)
        .map((id) => this.#read(id)),
    );
    return saved.filter((one) => one !== undefined);
  }

  /** Whole, or not at all. */
  async write(saved: SavedTerminal): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = this.#fileOf(saved.id);
    await writeFile(`${file}.new`, JSON.stringify(saved), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async remove(id: TerminalId): Promise<void> {
    await rm(this.#fileOf(id), { force: true });
  }

  async #read(id: string): Promise<SavedTerminal | undefined> {
    try {
      return savedTerminal.parse(JSON.parse(await readFile(this.#fileOf(terminalId.parse(id)), 'utf8')));
    } catch (error) {
      this.#logger.warn({ err: error, terminal_id: id }, 'terminal.restore_failed');
      return undefined;
    }
  }

  #fileOf(id: TerminalId): string {
    return path.join(this.#directory, `${id}${FILE_SUFFIX}`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
