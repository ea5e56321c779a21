import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import {
  chmod,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { DAEMON_LINK_SOCKET_PATH, WORKSPACE_NODE_FLAGS } from '@podex/contracts/internal/daemon';
import { build, type Plugin } from 'esbuild';
import { type Inputs, readUnchanged, remember } from './build-cache.ts';
import { bridgeProgram } from './machine-code/bridge-program.ts';
import { forkServerProgram } from './machine-code/fork-server-program.ts';
import { startProgram } from './machine-code/start-program.ts';

export type RuntimeArchitecture = 'x64' | 'arm64';

export interface BuildRuntimeOptions {
  /** Where the runtimes are kept, one folder a version. */
  outDirectory: string;
  /** Of the workspace servers; that of this machine when left out. */
  architecture?: RuntimeArchitecture;
  /** Told when the runtime is whole, but slower to start than it could be. */
  onWarning?: (message: string) => void;
}

/**
 * What is mounted at DAEMON_MOUNT_PATH: `start`, `node`, `daemon.js` with `daemon-code.js` and what V8 compiled of that, `bridge`, `fork-server`, `git-credential.js`, `version`,
 * and native modules beside them.
 */
export interface Runtime {
  /** A hash of the content. */
  version: string;
  directory: string;
}

const SOURCE = path.resolve(import.meta.dirname, '../src');
const CHECKOUT_KEY = createHash('sha256').update(SOURCE).digest('hex').slice(0, 12);
const require = createRequire(import.meta.url);
const BRIDGE = 'bridge';
const START = 'start';
const FORK_SERVER = 'fork-server';
const PROGRAMS = [
  'daemon.js',
  'daemon-code.js',
  'git-credential.js',
  'git-ssh.js',
  BRIDGE,
  START,
  FORK_SERVER,
];
const RECORDER = path.join(import.meta.dirname, 'record-compiled-code.ts');
const RECORD_TIMEOUT_MS = 30_000;
const run = promisify(execFile);

/**
 * Builds the runtime that is injected into every workspace. With inputs as they were at the last call the result is there in
 * milliseconds. Several processes may build into one folder at once.
 *
 * @throws when the packages of Node or node-pty for that architecture are not installed.
 */
export async function buildRuntime(options: BuildRuntimeOptions): Promise<Runtime> {
  const { outDirectory, architecture = hostArchitecture() } = options;
  // Of this checkout: another one may share the folder, and has other sources.
  const cachePath = path.join(outDirectory, `last-${architecture}-${CHECKOUT_KEY}.json`);
  const known = await readUnchanged(cachePath);
  if (known !== undefined && (await isComplete(path.join(outDirectory, known)))) {
    return { version: known, directory: path.join(outDirectory, known) };
  }
  const native = findNativeFiles(architecture);
  const staging = path.join(outDirectory, `.building-${randomBytes(6).toString('hex')}`);
  await mkdir(staging, { recursive: true });
  try {
    const sources = await bundleDaemon(staging);
    await writeFile(path.join(staging, BRIDGE), bridgeProgram(architecture, DAEMON_LINK_SOCKET_PATH), {
      mode: 0o755,
    });
    await writeFile(path.join(staging, START), startProgram(architecture), { mode: 0o755 });
    await writeFile(path.join(staging, FORK_SERVER), forkServerProgram(architecture), { mode: 0o755 });
    for (const { from, to, mode } of native) await place(from, path.join(staging, to), mode);
    const version = await hashFiles(staging, [...PROGRAMS, ...native.map(({ to }) => to)]);
    await writeFile(path.join(staging, 'version'), `${version}\n`, { mode: 0o644 });
    if (architecture === process.arch) await recordCompiledCode(staging, options.onWarning);
    const directory = path.join(outDirectory, version);
    await moveIntoPlace(staging, directory);
    await remember(cachePath, version, [...sources, ...ownSources(), ...native.map(({ from }) => from)]);
    return { version, directory };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

export function hostArchitecture(): RuntimeArchitecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new Error(`Workspaces run on x64 and arm64, not on ${process.arch}.`);
}

interface NativeFile {
  from: string;
  to: string;
  mode: number;
}

/**
 * Node needs libstdc++ and libgcc of the image besides glibc 2.28. Every Debian and Ubuntu has them (apt is written in C++), so they
 * are not shipped; a copy from the build machine could want a newer glibc than the image’s.
 */
function findNativeFiles(architecture: RuntimeArchitecture): NativeFile[] {
  const nodePty = `@lydell/node-pty-linux-${architecture}`;
  return [
    { from: resolvePackageFile(`node-linux-${architecture}`, 'bin/node'), to: 'node', mode: 0o755 },
    {
      from: resolvePackageFile(nodePty, 'pty.node'),
      to: path.join('node_modules', nodePty, 'pty.node'),
      mode: 0o644,
    },
  ];
}

function resolvePackageFile(name: string, file: string): string {
  try {
    return require.resolve(`${name}/${file}`);
  } catch (error) {
    throw new Error(`The runtime needs ${file} of the package ${name}, which is not installed. Run npm ci.`, {
      cause: error,
    });
  }
}

/** The daemon in one file. Returns the sources that went into it. */
async function bundleDaemon(directory: string): Promise<Inputs> {
  const { metafile } = await build({
    entryPoints: {
      'daemon-code': path.join(SOURCE, 'main.ts'),
      daemon: path.join(import.meta.dirname, 'start.ts'),
      'git-credential': path.join(SOURCE, 'questions/git-credential.ts'),
      'git-ssh': path.join(SOURCE, 'questions/git-ssh.ts'),
    },
    outdir: directory,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Names stay, so that stack traces in the log can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    metafile: true,
    logLevel: 'error',
    // Native accelerators of ws: not shipped, and not to be looked for in the image.
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
    plugins: [withoutLocales],
  });
  for (const file of ['daemon.js', 'daemon-code.js', 'git-credential.js', 'git-ssh.js'])
    await chmod(path.join(directory, file), 0o644);
  return Object.keys(metafile.inputs).filter((file) => !file.includes(':'));
}

/**
 * Not part of the version: two recordings of one code differ in bytes, and a runtime without one (for another architecture than this
 * machine’s) does the same.
 */
async function recordCompiledCode(directory: string, onWarning?: (message: string) => void): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'podex-record-'));
  try {
    const argv = [...WORKSPACE_NODE_FLAGS, RECORDER, directory, scratch];
    await run(path.join(directory, 'node'), argv, { timeout: RECORD_TIMEOUT_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onWarning?.(`The compiled form of the daemon could not be recorded: ${reason}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** These files and what makes the machine code. */
function ownSources(): string[] {
  const machineCode = path.join(import.meta.dirname, 'machine-code');
  return [
    import.meta.filename,
    RECORDER,
    ...readdirSync(machineCode).map((name) => path.join(machineCode, name)),
  ];
}

/** zod’s messages in fifty languages would be half of the daemon, and 3 MB of memory in every workspace. */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, () => ({
      path: 'locales',
      namespace: 'without-locales',
    }));
    build.onLoad({ filter: /^locales$/, namespace: 'without-locales' }, () => ({ contents: 'export {};' }));
  },
};

/** As a clone where the filesystem can: Node has 120 MB. */
async function place(from: string, to: string, mode: number): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode);
}

async function hashFiles(directory: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\0`);
    await pipeline(createReadStream(path.join(directory, file), { highWaterMark: 1_048_576 }), hash, {
      end: false,
    });
  }
  return hash.digest('hex').slice(0, 16);
}

/** Another process may have built the same meanwhile; its folder is as good. One that lacks something is replaced. */
async function moveIntoPlace(staging: string, directory: string): Promise<void> {
  while (!(await isComplete(directory))) {
    const discarded = `${staging}-discarded`;
    await rename(directory, discarded).catch(ignoreMissing);
    await rm(discarded, { recursive: true, force: true });
    await rename(staging, directory).catch(ignoreOccupied);
  }
}

const ignoreMissing = ignoring('ENOENT');
const ignoreOccupied = ignoring('ENOTEMPTY', 'EEXIST');

function ignoring(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error && 'code' in error && codes.includes(String(error.code)))) throw error;
  };
}

async function isComplete(directory: string): Promise<boolean> {
  try {
    const version = await readFile(path.join(directory, 'version'), 'utf8');
    await Promise.all(['node', ...PROGRAMS].map((file) => stat(path.join(directory, file))));
    return version.trim() === path.basename(directory);
  } catch {
    return false;
  }
}
