import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { DAEMON_RUNTIME_BASE, type UpgradeQuery } from '@podex/contracts/internal/daemon';
import { SingleFlight } from '../waiting/single-flight.ts';
import type { BuiltRuntime } from './runtime-volumes.ts';

/** The daemon’s code of a runtime, as daemons take it. */
export interface DaemonCode {
  announced: UpgradeQuery;
  /** In Brotli. */
  body: Buffer;
}

const compress = promisify(brotliCompress);
/** Two thirds of a second for 1.3 MB, once; the best takes five times as long for a tenth less. */
const QUALITY = 9;

/** Reads and compresses it when it is first needed: where every daemon is current, never. */
export class DaemonCodes {
  readonly #reads = new SingleFlight<string, DaemonCode>();
  readonly #known = new Map<string, DaemonCode>();

  async of(runtime: BuiltRuntime): Promise<DaemonCode> {
    const known = this.#known.get(runtime.version);
    if (known !== undefined) return known;
    const code = await this.#reads.run(runtime.version, () => readCode(runtime));
    this.#known.set(runtime.version, code);
    return code;
  }
}

async function readCode({ version, directory }: BuiltRuntime): Promise<DaemonCode> {
  const code = await readFile(path.join(directory, 'daemon-code.js'));
  const sha256 = createHash('sha256').update(code).digest('hex');
  const body = await compress(code, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
  return { announced: { version, base: DAEMON_RUNTIME_BASE, sha256 }, body };
}
