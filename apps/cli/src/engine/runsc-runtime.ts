import { constants } from 'node:fs';
import { access, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { EngineRuntime } from './detect-engine.ts';
import { EngineError } from './engine-error.ts';

/**
 * With its default overlay, runsc keeps changes to the root file system in memory of the sandbox: they are lost
 * at every stop, and after a crash of the machine the container does not start again.
 */
const WITHOUT_OVERLAY = '--overlay2=none';

/** Lets setuid programs such as sudo work inside. Releases before 2025 do not know it and ignore setuid. */
const WITH_SETUID = '--allow-suid';

/** The first release that recognises its network namespace on Linux 6.11 and later, as yyyymmdd. */
const FIRST_RELEASE_WITHOUT_WRAPPER = 20240901;
const WRAPPER_SCRIPT = new URL('../../../../scripts/engine/runsc-wrap', import.meta.url);
const DEFAULT_RUNSC = '/usr/bin/runsc';
const PROBE_TIMEOUT_MS = 20_000;

/**
 * The runtime to register as `runsc` on this machine: runsc itself, or the wrapper that this release needs on
 * this kernel, which is then (re)written to `wrapperFile`.
 *
 * @throws EngineError `runsc_missing` when runsc is not installed.
 */
export async function prepareRunscRuntime(wrapperFile: string): Promise<EngineRuntime> {
  const runsc = await findRunsc();
  const runtimeArgs = await chooseArguments(runsc);
  if (!(await needsWrapper(runsc))) return { path: runsc, runtimeArgs };
  await writeWrapper(wrapperFile, runsc);
  return { path: wrapperFile, runtimeArgs };
}

/** Whether an engine has the runtime registered exactly so. */
export function isSameRuntime(registered: EngineRuntime | undefined, wanted: EngineRuntime): boolean {
  return (
    registered !== undefined &&
    registered.path === wanted.path &&
    registered.runtimeArgs.join('\0') === wanted.runtimeArgs.join('\0')
  );
}

/** The date in `runsc --version`, as yyyymmdd; 0 when there is none, as in a build from source. */
export function parseRunscRelease(versionText: string): number {
  return Number(/20\d{6}/.exec(versionText)?.[0] ?? 0);
}

async function findRunsc(): Promise<string> {
  for (const directory of ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin']) {
    const candidate = path.join(directory, 'runsc');
    const isProgram = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return candidate;
  }
  throw new EngineError(
    'runsc_missing',
    "gVisor's runsc is not installed, and workspaces run only under it",
    {
      commands: ['https://gvisor.dev/docs/user_guide/install/'],
    },
  );
}

async function chooseArguments(runsc: string): Promise<string[]> {
  const { stdout, stderr } = await execa(runsc, ['flags'], { timeout: PROBE_TIMEOUT_MS });
  const knowsSetuid = /^\s*-allow-suid\b/m.test(stdout + stderr);
  return knowsSetuid ? [WITHOUT_OVERLAY, WITH_SETUID] : [WITHOUT_OVERLAY];
}

async function needsWrapper(runsc: string): Promise<boolean> {
  const { stdout } = await execa(runsc, ['--version'], { timeout: PROBE_TIMEOUT_MS });
  const release = parseRunscRelease(stdout);
  if (release === 0 || release >= FIRST_RELEASE_WITHOUT_WRAPPER) return false;
  const probe = await execa('unshare', ['--net', 'test', '-e', '/proc/sys/net/core/rmem_default'], {
    reject: false,
    timeout: PROBE_TIMEOUT_MS,
  });
  return probe.exitCode === 0;
}

async function writeWrapper(file: string, runsc: string): Promise<void> {
  const script = (await readFile(WRAPPER_SCRIPT, 'utf8')).replaceAll(DEFAULT_RUNSC, runsc);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === script) return;
  await mkdir(path.dirname(file), { recursive: true });
  // Renamed into place: the engine may start a container at any moment.
  await writeFile(`${file}.new`, script);
  await chmod(`${file}.new`, 0o755);
  await rename(`${file}.new`, file);
}
