import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ExecaError, execa } from 'execa';
import { parseOsRelease } from '../../../../workspace/image/host-apt-settings.ts';
import { EngineError } from './engine-error.ts';
import { systemEnvironment } from './system-environment.ts';

const INSTALL_ENGINE_SCRIPT = fileURLToPath(
  new URL('../../../../scripts/engine/install-engine.sh', import.meta.url),
);

/** Long enough for a slow mirror and for another apt that is at work. */
const INSTALL_TIMEOUT_MS = 1_200_000;

export interface InstallEngineOptions {
  /** Also what building the workspace image without a registry needs. Default true. */
  imageTools?: boolean;
  /** Also what the test hosts need. Default false. */
  testbedTools?: boolean;
  /** One line for each step, e.g. `installing docker engine …`. */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/**
 * Installs Docker Engine and runsc from packages; what is there already is left alone, so a second run takes
 * a fraction of a second. Starts nothing.
 *
 * @throws EngineError `engine_install_needs_root` or `engine_install_unsupported` with the commands to run by
 *   hand; `engine_install_failed` with the cause and cure that the script gave.
 */
export async function installEngine(options: InstallEngineOptions = {}): Promise<void> {
  const { imageTools = true, testbedTools = false, onProgress, signal } = options;
  const flags = [
    ...(imageTools ? ['--with-image-tools'] : []),
    ...(testbedTools ? ['--with-testbed-tools'] : []),
  ];
  await requireInstallable(flags);
  const script = execa('bash', [INSTALL_ENGINE_SCRIPT, ...flags], {
    timeout: options.timeoutMs ?? INSTALL_TIMEOUT_MS,
    stdin: 'ignore',
    env: systemEnvironment(),
    ...(signal ? { cancelSignal: signal } : {}),
  });
  try {
    for await (const line of script) onProgress?.(String(line));
    await script;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    throw new EngineError('engine_install_failed', installFailure(error), { cause: error });
  }
}

/** Throws unless this process may install packages on a distribution that the script knows. */
async function requireInstallable(flags: string[]): Promise<void> {
  const { id } = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  if (id !== 'debian' && id !== 'ubuntu') {
    throw new EngineError(
      'engine_install_unsupported',
      'no docker engine answers, and Podex can install one only on Debian 12+ and Ubuntu 24.04+. ' +
        'Install Docker Engine and gVisor by hand, then start the engine:',
      {
        commands: [
          'https://docs.docker.com/engine/install/',
          'https://gvisor.dev/docs/user_guide/install/',
          'sudo systemctl enable --now docker',
        ],
      },
    );
  }
  if (process.getuid?.() !== 0) {
    throw new EngineError(
      'engine_install_needs_root',
      'no docker engine answers, and only root can install one. Install it, then run this again:',
      { commands: [['sudo bash', INSTALL_ENGINE_SCRIPT, ...flags].join(' ')] },
    );
  }
}

/** The script's own error lines; what it was doing is in its log. */
function installFailure(error: ExecaError): string {
  const lines = String(error.stderr ?? '')
    .split('\n')
    .filter((line) => line.startsWith('podex: '))
    .map((line) => line.slice('podex: '.length));
  return lines.join('\n') || `installing the docker engine failed: ${error.shortMessage}`;
}
