import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { PodexError } from '@podex/contracts/errors';
import { DAEMON_RUNTIME_BASE, UPGRADE_MAX_BYTES, type UpgradeQuery } from '@podex/contracts/internal/daemon';
import {
  CODE_FILE,
  forgetFailedStarts,
  NEXT_FILE,
  type NextCode,
  readNext,
  VERSION_FILE,
} from './upgrade-folder.ts';

export interface StagedCodeOptions {
  upgradesPath: string;
  /** That runs. */
  version: string;
}

const STAGING = '.staging';

/** Newer code of the daemon, from its arrival to the start that runs it. One is taken at a time. */
export class StagedCode {
  readonly #options: StagedCodeOptions;
  #next: NextCode | undefined;
  #isTaking = false;

  constructor(options: StagedCodeOptions) {
    this.#options = options;
    this.#next = readNext(options.upgradesPath);
  }

  /** What runs from the next start on; null when it is what runs now, or the volume’s own code. */
  get nextVersion(): string | null {
    const next = this.#next;
    const isOther = next?.base === DAEMON_RUNTIME_BASE && next.version !== this.#options.version;
    return isOther ? next.version : null;
  }

  /**
   * Keeps the code, and has it run from the next start on. Until the last line nothing of it counts, and what cuts it off leaves nothing but a
   * folder that the next one replaces.
   *
   * @throws PodexError conflict when it does not fit this volume, or another comes in; invalid_request when it is not what was announced;
   * too_large.
   */
  async take(announced: UpgradeQuery, compressed: Readable): Promise<void> {
    const { base, version } = announced;
    if (base !== DAEMON_RUNTIME_BASE) {
      const reason = `it stands on runtime ${base}, and this container has ${DAEMON_RUNTIME_BASE}`;
      throw new PodexError('conflict', `This code of the daemon can't run here: ${reason}.`, {});
    }
    if (this.#isTaking) {
      throw new PodexError('conflict', 'Another version of the daemon is coming in. Try again later.', {});
    }
    if (version === this.#options.version || version === this.nextVersion) {
      compressed.resume();
      return;
    }
    this.#isTaking = true;
    const staging = path.join(this.#options.upgradesPath, STAGING);
    try {
      await this.#receive(announced, compressed, staging);
      await this.#putInPlace(announced, staging);
    } finally {
      await rm(staging, { recursive: true, force: true });
      this.#isTaking = false;
    }
  }

  async #receive({ version, sha256 }: UpgradeQuery, compressed: Readable, staging: string): Promise<void> {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true, mode: 0o755 });
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes > UPGRADE_MAX_BYTES) {
          done(tooLarge());
          return;
        }
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const file = createWriteStream(path.join(staging, CODE_FILE), { mode: 0o644, flush: true });
    try {
      await pipeline(compressed, createBrotliDecompress(), measure, file);
    } catch (error) {
      if (isOfBrotli(error)) throw notAsAnnounced('it is not in Brotli', error);
      throw error;
    }
    if (hash.digest('hex') !== sha256) throw notAsAnnounced('its hash is another');
    await writeFile(path.join(staging, VERSION_FILE), `${version}\n`, { mode: 0o644, flush: true });
  }

  async #putInPlace({ version, base, sha256 }: UpgradeQuery, staging: string): Promise<void> {
    const { upgradesPath } = this.#options;
    const directory = path.join(upgradesPath, version);
    await rm(directory, { recursive: true, force: true });
    await rename(staging, directory);
    forgetFailedStarts(upgradesPath);
    const next: NextCode = { version, base, sha256 };
    const partial = path.join(upgradesPath, `.${NEXT_FILE}`);
    await writeFile(partial, JSON.stringify(next), { mode: 0o644, flush: true });
    await rename(partial, path.join(upgradesPath, NEXT_FILE));
    await syncFolder(upgradesPath);
    this.#next = next;
    await this.#removeOthers(version);
  }

  /** But for what runs now: its files process is started from there. */
  async #removeOthers(next: string): Promise<void> {
    const { upgradesPath, version } = this.#options;
    const kept = new Set([next, version]);
    for (const entry of await readdir(upgradesPath, { withFileTypes: true })) {
      if (!entry.isDirectory() || kept.has(entry.name)) continue;
      await rm(path.join(upgradesPath, entry.name), { recursive: true, force: true });
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function tooLarge(): PodexError {
  const max = { max_bytes: UPGRADE_MAX_BYTES };
  return new PodexError('too_large', `Code of the daemon may have ${UPGRADE_MAX_BYTES} bytes.`, max);
}

function notAsAnnounced(reason: string, cause?: unknown): PodexError {
  const message = `The code is not what was announced: ${reason}. Send it again.`;
  return new PodexError('invalid_request', message, {}, { cause });
}

/** The decoder’s own codes, and that of an input that ends too soon. */
function isOfBrotli(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ERR__|ERR_BROTLI|Z_)/.test(String(error.code));
}
