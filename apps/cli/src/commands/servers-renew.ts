import { type CreatedJoinToken, createdJoinToken } from '@podex/contracts/join-tokens';
import { type Server, server } from '@podex/contracts/servers';
import { pause } from '@podex/service-kit/waiting';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { createProgress } from '../progress/create-progress.ts';
import { inStep, type ProgressStep } from '../progress/progress.ts';
import { untilInterrupted } from '../progress/until-interrupted.ts';
import { findServer, SERVERS_PATH } from './find-server.ts';

const LOOK_EVERY_MS = 2_000;

interface RenewOptions extends ConnectionOptions {
  wait?: boolean;
  json?: boolean;
}

export function addServersRenewCommand(servers: Command): void {
  addConnectionOptions(servers.command('renew <server>'))
    .description('a command to run on a server that joined by itself: it gets a new key and certificate')
    .option('--wait', 'until Podex sees the new certificate')
    .option('--json', 'for programs')
    .action(renew);
}

async function renew(name: string, options: RenewOptions): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const before = await findServer(ask, name);
    const path = `${SERVERS_PATH}/${before.id}`;
    const made = await ask({ method: 'POST', path: `${path}/renew`, schema: createdJoinToken });
    if (options.json) console.log(JSON.stringify(made, null, 2));
    else tell(before, made);
    if (!options.wait) return;
    const after = await untilRenewed(ask, path, before, made);
    if (!options.json) console.log(`${after.name} has a certificate until ${expiryOf(after)?.slice(0, 10)}`);
  });
}

function tell(before: Server, { command, hostname, expires_at: expiresAt }: CreatedJoinToken): void {
  console.log(command);
  console.log(`Run it as root on ${before.name} (${hostname}), once, before ${expiresAt.slice(11, 16)} UTC`);
  console.log('It makes a new key there and restarts the Docker engine');
  console.log(restartText(before));
}

/** What the restart does to workspaces that run there. */
function restartText({ name, facts }: Server): string {
  if (facts?.live_restore === true) return 'Workspaces go on running: live-restore is on';
  const cure = `"live-restore": true in its daemon.json, systemctl reload docker, podex servers check ${name}`;
  if (facts?.live_restore === undefined)
    return `Workspaces go on running only if live-restore is on there: ${cure}`;
  return `That ends what runs in its workspaces, and Podex starts them again, because live-restore is off. Turn it on first: ${cure}`;
}

/** Ctrl-C ends the waiting; the command stays good. @throws CliError when it has not been run in time. */
async function untilRenewed(
  ask: AskApi,
  path: string,
  before: Server,
  made: CreatedJoinToken,
): Promise<Server> {
  const progress = createProgress(process.stderr, process.env);
  const look = async (step: ProgressStep, signal: AbortSignal) => {
    step.update('until the command was run there');
    while (Date.now() < Date.parse(made.expires_at)) {
      const now = await ask({ method: 'GET', path, schema: server, signal });
      if (expiryOf(now) !== undefined && expiryOf(now) !== expiryOf(before)) return now;
      await pause(LOOK_EVERY_MS, signal);
    }
    throw new CliError(`The command was not run on ${before.name} in time`, {
      cure: `podex servers renew ${before.name}`,
    });
  };
  const left = { message: 'The command stays good without you', cure: `podex servers show ${before.name}` };
  return untilInterrupted(left, (signal) =>
    inStep(progress, `Waiting for ${before.name}`, (step) => look(step, signal)),
  );
}

function expiryOf({ facts }: Server): string | undefined {
  return facts?.server_certificate_expires_at;
}
