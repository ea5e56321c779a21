import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { askPlatform, refusalOf } from './ask-platform.ts';
import { startSigningAgent } from './signing-agent.ts';
import { gitCall } from './ssh-arguments.ts';

/**
 * What git runs as ssh: `git-ssh <socket> [option …] <host> <command>`. Where the person has a key for that host, ssh is given an agent
 * that has the platform sign; otherwise it is ssh as it is.
 */
const [socketPath = '', ...args] = process.argv.slice(2);
const CONNECT_SECONDS = 20;
const KEPT_CHARACTERS = 8_192;
const FAILED = 255;
const UNREACHABLE =
  /Connection timed out|Connection refused|Network is unreachable|No route to host|Operation timed out/;
const OTHER_KEY = /Host key verification failed|HOST IDENTIFICATION HAS CHANGED/;

function say(reason: string): void {
  process.stderr.write(`podex: ${reason}\n`);
}

interface SshRun {
  args: readonly string[];
  /** Nothing is read from the host or written to it. */
  isProbe?: boolean;
}

interface SshEnd {
  exitCode: number;
  complaint: string;
}

function runSsh({ args: given, isProbe = false }: SshRun): Promise<SshEnd> {
  return new Promise((resolve) => {
    const stdio = isProbe ? 'ignore' : 'inherit';
    const child = spawn('ssh', given, { stdio: [stdio, stdio, 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(-KEPT_CHARACTERS);
      if (!isProbe) process.stderr.write(chunk);
    });
    child.once('error', () => {
      say('The workspace has no ssh. Install it in a terminal (sudo apt-get install openssh-client).');
      resolve({ exitCode: FAILED, complaint });
    });
    child.once('close', (code, signal) =>
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), complaint }),
    );
  });
}

function explain(host: string, { complaint }: SshEnd): void {
  if (OTHER_KEY.test(complaint)) {
    say(
      `${host} shows another key than the one that you accepted. Someone may stand between. If the host announced a new key, forget the accepted one at Account → Git credentials, and try again.`,
    );
  } else if (UNREACHABLE.test(complaint)) {
    say(
      `${host} cannot be reached by SSH. The network rules of this workspace may forbid it: allow the host there, or use an https address.`,
    );
  }
}

async function connect(): Promise<number> {
  const call = gitCall(args);
  const answer =
    call &&
    (await askPlatform(socketPath, { kind: 'ssh_key', host: call.host, repository: call.repository }));
  if (call === undefined || answer?.kind === 'none') return (await runSsh({ args })).exitCode;
  if (answer?.kind !== 'ssh_key' || answer.key_id === undefined || answer.public_key === undefined) {
    say(refusalOf(answer));
    return FAILED;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'podex-ssh-'));
  const { key_id: keyId, public_key: publicKey, host_key: hostKey } = answer;
  const agent = await startSigningAgent({
    socketPath: path.join(folder, 'agent'),
    publicKey,
    sign: (asked) => askPlatform(socketPath, { kind: 'ssh_sign', key_id: keyId, ...asked }),
    onRefused: (reason) => say(reason),
  });
  try {
    const [keyFile, hostsFile] = [path.join(folder, 'key.pub'), path.join(folder, 'known_hosts')];
    await writeFile(keyFile, `${publicKey}\n`);
    await writeFile(hostsFile, hostKey ? `${call.knownAs} ${hostKey}\n` : '');
    const options = [
      ...['IdentitiesOnly=yes', `IdentityFile=${keyFile}`, `IdentityAgent=${path.join(folder, 'agent')}`],
      ...['PreferredAuthentications=publickey', 'BatchMode=yes', `ConnectTimeout=${CONNECT_SECONDS}`],
      ...['GlobalKnownHostsFile=/dev/null', `UserKnownHostsFile=${hostsFile}`, 'UpdateHostKeys=no'],
      ...[
        'ForwardAgent=no',
        'ControlMaster=no',
        'ControlPath=none',
        'HashKnownHosts=no',
        'VerifyHostKeyDNS=no',
      ],
      `StrictHostKeyChecking=${hostKey ? 'yes' : 'no'}`,
      `HostKeyAlias=${call.alias}`,
    ].flatMap((option) => ['-o', option]);
    const end = await (hostKey
      ? runSsh({ args: [...options, ...args] })
      : runSsh({ args: [...options, ...call.beforeCommand, 'true'], isProbe: true }));
    if (end.exitCode === FAILED) explain(call.host, end);
    if (hostKey) return end.exitCode;
    if (!agent.hasRefused && !UNREACHABLE.test(end.complaint))
      say(`${call.host} did not ask for your key. It needs OpenSSH 8.9 or newer in the workspace.`);
    return FAILED;
  } finally {
    agent.close();
    await rm(folder, { recursive: true, force: true });
  }
}

connect().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    say(`The SSH key could not be asked for (${cause}). Try again in a moment.`);
    process.exit(FAILED);
  },
);
