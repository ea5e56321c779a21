/**
 * Runs in a container of its own, as text, so it imports nothing but Node’s own modules. `send` writes the files below /files to its
 * stdout as a tar archive, `receive` unpacks one from its stdin into /files, which must be empty. Both end with one line of JSON that
 * says what is there: two folders with the same line hold the same.
 */
import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { Readable, type Writable } from 'node:stream';

/** What there is below a folder. */
export interface Manifest {
  files: number;
  /** Of the content of files, without their holes. */
  bytes: number;
  /** Of type, path, rights, owner, size, time and content of each thing. */
  sha256: string;
}

const ROOT = Buffer.from('/files');
/** Nothing else in the folder belongs to the workspace. */
const PARTS = ['home', 'state'];
const SLASH = Buffer.from('/');
const READ_BYTES = 4_194_304;
const LIFE_SIGN_EVERY_MS = 1_000;
const BLOCK_BYTES = 512n;
const PERMISSIONS = 0o7777n;

interface Entry {
  /** Below the root. */
  path: Buffer;
  stat: BigIntStats;
}

/** So that compute knows that it is at work. */
let lifeSignAtMs = 0;
function showLife(): void {
  const nowMs = performance.now();
  if (nowMs - lifeSignAtMs < LIFE_SIGN_EVERY_MS) return;
  lifeSignAtMs = nowMs;
  process.stderr.write('.');
}

function absolute(path: Buffer): Buffer {
  return Buffer.concat([ROOT, SLASH, path]);
}

/** In one order on every machine, each folder before what is in it. No link is followed. */
function* walk(path: Buffer): Generator<Entry> {
  const stat = lstatSync(absolute(path), { bigint: true });
  // Pipes and sockets are nothing without processes (gVisor keeps those of a workspace in its memory alone), and a device is nothing
  // that a workspace may make.
  if (!(stat.isFile() || stat.isDirectory() || stat.isSymbolicLink())) return;
  yield { path, stat };
  showLife();
  if (!stat.isDirectory()) return;
  const names = readdirSync(absolute(path), { encoding: 'buffer' }).sort(Buffer.compare);
  for (const name of names) yield* walk(Buffer.concat([path, SLASH, name]));
}

function* walkAll(): Generator<Entry> {
  const present = new Set(readdirSync(ROOT, { encoding: 'utf8' }));
  for (const part of PARTS) if (present.has(part)) yield* walk(Buffer.from(part));
}

function kindOf(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'link' : 'file';
}

function contentHash(path: Buffer, buffer: Buffer): Buffer {
  const hash = createHash('sha256');
  const file = openSync(absolute(path), 'r');
  try {
    for (;;) {
      const count = readSync(file, buffer);
      if (count === 0) return hash.digest();
      hash.update(buffer.subarray(0, count));
      showLife();
    }
  } finally {
    closeSync(file);
  }
}

/** With its length before it, so that no two lists of parts look the same. */
function addPart(hash: Hash, part: Buffer | string): void {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part;
  hash.update(`${bytes.length}:`);
  hash.update(bytes);
}

function manifest(): Manifest {
  const whole = createHash('sha256');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  /** Names of files that have several, by device and number: the others are told by the first. */
  const firstNames = new Map<string, Buffer>();
  let files = 0;
  let bytes = 0n;
  for (const { path, stat } of walkAll()) {
    files += 1;
    const kind = kindOf(stat);
    const identity = `${stat.dev}:${stat.ino}`;
    const first = kind === 'file' && stat.nlink > 1n ? firstNames.get(identity) : undefined;
    addPart(whole, path);
    addPart(whole, first === undefined ? kind : 'another name');
    if (first !== undefined) {
      addPart(whole, first);
      continue;
    }
    if (kind === 'file' && stat.nlink > 1n) firstNames.set(identity, path);
    addPart(whole, `${stat.mode & PERMISSIONS} ${stat.uid} ${stat.gid} ${stat.mtimeNs}`);
    if (kind === 'link') addPart(whole, readlinkSync(absolute(path), { encoding: 'buffer' }));
    if (kind !== 'file') continue;
    bytes += heldBytes(stat);
    addPart(whole, `${stat.size}`);
    addPart(whole, contentHash(path, buffer));
  }
  return { files, bytes: Number(bytes), sha256: whole.digest('hex') };
}

/** A file with holes takes less than its size. */
function heldBytes(stat: BigIntStats): bigint {
  const held = stat.blocks * BLOCK_BYTES;
  return held < stat.size ? held : stat.size;
}

interface Tar {
  parameters: string[];
  stdin: Readable | 'inherit';
  /** Of the archive, if it makes one. */
  stdout?: Writable;
}

async function runTar({ parameters, stdin, stdout }: Tar): Promise<void> {
  const alive = setInterval(showLife, LIFE_SIGN_EVERY_MS);
  const input = stdin === 'inherit' ? stdin : 'pipe';
  const tar = spawn('tar', parameters, {
    stdio: [input, stdout === undefined ? 'ignore' : 'pipe', 'inherit'],
  });
  const ended = once(tar, 'close');
  try {
    // A tar that ends early says why by itself.
    tar.stdin?.on('error', () => undefined);
    if (stdin !== 'inherit' && tar.stdin) stdin.pipe(tar.stdin);
    // The engine’s end of the pipe does not block, which tar takes for a failure.
    if (stdout !== undefined) tar.stdout?.pipe(stdout, { end: false });
    const [code] = await ended;
    if (code !== 0) throw new Error(`tar ended with ${code}`);
  } finally {
    clearInterval(alive);
  }
}

async function send(): Promise<Manifest> {
  const names: Buffer[] = [];
  let bytes = 0n;
  for (const { path, stat } of walkAll()) {
    names.push(path, Buffer.of(0));
    if (stat.isFile()) bytes += heldBytes(stat);
  }
  const total = { files: names.length / 2, bytes: Number(bytes) };
  process.stderr.write(`\ntotal ${JSON.stringify(total)}\n`);
  const packing = [
    ...['--create', '--file=-', '--format=posix', '--numeric-owner', '--sparse'],
    ...['--directory=/files', '--no-recursion', '--null', '--files-from=-'],
  ];
  await runTar({ parameters: packing, stdin: Readable.from(names), stdout: process.stdout });
  return manifest();
}

async function receive(): Promise<Manifest> {
  const unpacking = [
    ...['--extract', '--file=-', '--directory=/files', '--numeric-owner', '--same-owner'],
    ...['--same-permissions'],
  ];
  await runTar({ parameters: unpacking, stdin: 'inherit' });
  refuseForeignParts();
  return manifest();
}

/**
 * The folders are mounted into the container of the workspace, and a mount follows links: a server that sends one in their place would
 * give its workspace a folder of another server.
 */
function refuseForeignParts(): void {
  for (const name of readdirSync(ROOT, { encoding: 'utf8' })) {
    if (!PARTS.includes(name))
      throw new Error(`The archive holds ${JSON.stringify(name)} beside the files of the workspace.`);
    const isFolder = lstatSync(absolute(Buffer.from(name))).isDirectory();
    if (!isFolder) throw new Error(`The archive has something else in place of the folder ${name}.`);
  }
}

// On stderr, since an archive goes to stdout.
try {
  const result = await (process.argv.at(-1) === 'send' ? send() : receive());
  process.stderr.write(`\nmanifest ${JSON.stringify(result)}\n`);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
