import { setTimeout as delay } from 'node:timers/promises';
import { checkServerIdentity, connect } from 'node:tls';
import { execa } from 'execa';
import { CliError, EXIT } from '../cli-error.ts';
import { parseServiceCommand, type ServiceCommand } from './service-command.ts';

const SYSTEMCTL_TIMEOUT_MS = 120_000;
const ANSWER_TIMEOUT_MS = 30_000;
const TRY_EVERY_MS = 250;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How systemd starts the engine; `none` when there is no such service.
 *
 * @throws CliError where systemd does not run the machine.
 */
export async function readServiceCommand(): Promise<ServiceCommand | 'none'> {
  const shown = await execa('systemctl', ['show', 'docker.service', '--property=ExecStart'], {
    reject: false,
    timeout: SYSTEMCTL_TIMEOUT_MS,
  });
  if (shown.exitCode === 0) return parseServiceCommand(shown.stdout) ?? 'none';
  throw new CliError('There is no systemd here, so the docker engine cannot be restarted from here', {
    cure: '--files-only writes certificates and settings, and says how to start the engine',
    exitCode: EXIT.usage,
  });
}

/** @throws CliError with the last lines of its log. */
export async function restartEngine(): Promise<void> {
  await systemctl(['daemon-reload']);
  try {
    await systemctl(['restart', 'docker.service']);
  } catch (error) {
    const { stdout } = await execa(
      'journalctl',
      ['--unit=docker', '--lines=8', '--no-pager', '--output=cat'],
      {
        reject: false,
        timeout: SYSTEMCTL_TIMEOUT_MS,
      },
    );
    throw new CliError(`The docker engine does not start with its new settings:\n${stdout ?? ''}`.trim(), {
      cause: error,
    });
  }
}

async function systemctl(args: string[]): Promise<void> {
  await execa('systemctl', args, { timeout: SYSTEMCTL_TIMEOUT_MS });
}

export interface ExpectedEngine {
  address: string;
  port: number;
  hostname: string;
  ca: string;
}

/** @throws CliError unless the engine shows its new certificate in time, and takes nobody without one. */
export async function requireGuardedEngine(engine: ExpectedEngine): Promise<void> {
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const seen = await knock(engine);
    if (seen === 'refused') return;
    if (seen === 'open') {
      throw new CliError('The docker engine serves clients without a certificate');
    }
    if (performance.now() > deadline) {
      throw new CliError(
        `The docker engine does not take connections at ${engine.address}:${engine.port} (${seen.message})`,
      );
    }
    await delay(TRY_EVERY_MS);
  }
}

/** What a client without a certificate meets. With TLS 1.3 it is refused after its own side of the handshake is done. */
function knock({ address, port, hostname, ca }: ExpectedEngine): Promise<'refused' | 'open' | Error> {
  return new Promise((resolve) => {
    let isGreeted = false;
    const socket = connect({
      host: address,
      port,
      ca,
      timeout: CONNECT_TIMEOUT_MS,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(hostname, certificate),
    });
    const end = (met: 'refused' | 'open' | Error) => {
      resolve(met);
      socket.destroy();
    };
    socket.once('secureConnect', () => {
      isGreeted = true;
      socket.write('GET /_ping HTTP/1.1\r\nhost: engine\r\n\r\n');
    });
    socket.once('data', () => end('open'));
    socket.on('error', (error) => end(isGreeted ? 'refused' : error));
    socket.once('close', () => end(isGreeted ? 'refused' : new Error('it closes the connection')));
    socket.once('timeout', () => end(new Error('it is silent')));
  });
}
