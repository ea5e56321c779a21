import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Script } from 'node:vm';
import { DAEMON_RUNTIME_BASE, DAEMON_UPGRADES_PATH } from '@podex/contracts/internal/daemon-code';
import { CODE_FILE, COMPILED_FILE, chooseCode } from '../src/upgrade/upgrade-folder.ts';

/**
 * What `daemon.js` is: it runs the daemon’s code with the form of it that V8 compiled when the runtime was built, which saves a third of
 * what Node spends on the code at each start. Without that file, or with one of another V8, the code is compiled as ever.
 *
 * The code is the volume’s own, or newer code that the daemon was sent while it ran and that fits this volume. What that needs to know is in
 * its command line: `--code`, where it lies, or `--upgrade-failed`, what should have run in its place.
 */
/** Processes of the user’s, which the daemon starts. */
const ROLES_OF_THE_USER: ReadonlySet<string | undefined> = new Set(['files', 'checkpoints']);
const isOfTheUser = ROLES_OF_THE_USER.has(process.argv[2]);
/** Nothing of the start goes on any more. */
const COMPILE_AFTER_MS = 30_000;

interface Code {
  directory: string;
  text: string;
}

function choose(): Code {
  const given = optionOf('--code');
  // They run the code of the daemon that starts them, whatever is to run next.
  if (isOfTheUser) return read(given ?? __dirname);
  const choice = chooseCode(optionOf('--upgrades') ?? DAEMON_UPGRADES_PATH, DAEMON_RUNTIME_BASE);
  if (choice.kind === 'failed') process.argv.push('--upgrade-failed', choice.version);
  if (choice.kind !== 'upgrade') return read(__dirname);
  process.argv.push('--code', choice.directory);
  return { directory: choice.directory, text: choice.code };
}

function optionOf(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}

function read(directory: string): Code {
  return { directory, text: readFileSync(path.join(directory, CODE_FILE), 'utf8') };
}

function readCompiled(directory: string): Buffer | undefined {
  try {
    return readFileSync(path.join(directory, COMPILED_FILE));
  } catch {
    return undefined;
  }
}

const { directory, text } = choose();
const filename = path.join(directory, CODE_FILE);
const cachedData = readCompiled(directory);
const wrapped = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
const script = new Script(wrapped, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
script.runInThisContext()(exports, require, module, filename, directory);
// Of no use to the daemon; who records the compiled form takes it from here.
Object.assign(module, { exports: { script } });

const isCompiled = cachedData !== undefined && script.cachedDataRejected !== true;
if (directory !== __dirname && !isCompiled && !isOfTheUser) {
  setTimeout(() => keepCompiled(path.join(directory, COMPILED_FILE)), COMPILE_AFTER_MS).unref();
}

/** For the next start, which is slower without it and no worse. */
function keepCompiled(file: string): void {
  try {
    writeFileSync(`${file}.partial`, script.createCachedData(), { mode: 0o644 });
    renameSync(`${file}.partial`, file);
  } catch {
    // The disk is full, or read-only: the code runs as well without it.
  }
}
