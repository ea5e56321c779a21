import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder of newer code: `next.json` names what runs from the next start on, `<version>/` has it, `starts` counts its starts that
 * have not proved good. The stub of a volume reads it for as long as there are containers with that volume, and newer code writes it: what
 * stands here never changes but with DAEMON_RUNTIME_BASE.
 */
export interface NextCode {
  version: string;
  /** DAEMON_RUNTIME_BASE of the volumes that it runs on. */
  base: number;
  /** Of `daemon-code.js`. */
  sha256: string;
}

export const NEXT_FILE = 'next.json';
const STARTS_FILE = 'starts';
export const CODE_FILE = 'daemon-code.js';
export const COMPILED_FILE = 'daemon-code.cache';
export const VERSION_FILE = 'version';
/** As many starts may fail one after the other. */
const MAX_FAILED_STARTS = 2;

export type Choice =
  | { kind: 'own' }
  | { kind: 'upgrade'; directory: string; code: string }
  /** What was to run ended too often before it had proved good. */
  | { kind: 'failed'; version: string };

/** What is to run from the next start on; undefined when that is the volume’s own code, or cannot be read. */
export function readNext(upgradesPath: string): NextCode | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path.join(upgradesPath, NEXT_FILE), 'utf8'));
    return isNextCode(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isNextCode(value: unknown): value is NextCode {
  if (typeof value !== 'object' || value === null) return false;
  const { version, base, sha256 } = value as Record<string, unknown>;
  const isName = typeof version === 'string' && /^\w[\w.-]{0,63}$/.test(version);
  return isName && typeof base === 'number' && typeof sha256 === 'string';
}

/** Decides what this start runs, and counts it. Synchronous: nothing else goes on before the daemon runs. */
export function chooseCode(upgradesPath: string, base: number): Choice {
  const next = readNext(upgradesPath);
  if (next === undefined || next.base !== base) return { kind: 'own' };
  const { version, sha256 } = next;
  const starts = readStarts(upgradesPath, version);
  if (starts >= MAX_FAILED_STARTS) return { kind: 'failed', version };
  try {
    const directory = path.join(upgradesPath, version);
    const code = readFileSync(path.join(directory, CODE_FILE), 'utf8');
    if (createHash('sha256').update(code).digest('hex') !== sha256) return { kind: 'own' };
    // What cannot be counted could fail without end.
    writeFileSync(path.join(upgradesPath, STARTS_FILE), `${version} ${starts + 1}\n`);
    return { kind: 'upgrade', directory, code };
  } catch {
    return { kind: 'own' };
  }
}

/** The code that runs has proved good: what failed before it counts no more. */
export function forgetFailedStarts(upgradesPath: string): void {
  rmSync(path.join(upgradesPath, STARTS_FILE), { force: true });
}

function readStarts(upgradesPath: string, version: string): number {
  try {
    const [of, count] = readFileSync(path.join(upgradesPath, STARTS_FILE), 'utf8').trim().split(' ');
    return of === version ? Number(count) || 0 : 0;
  } catch {
    return 0;
  }
}
