import { createServer } from 'node:net';
import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { ObserveServerInput } from '@podex/contracts/internal/compute';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import type { TestServer } from '../../../../tests/testbed/test-server.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';
import {
  ANSWERED_ADDRESS,
  echoProgram,
  isOpenFromHost,
  listenIn,
  type Place,
  reachedFrom,
  startResolver,
} from '../../testing/wall-scene.ts';
import { WALL_TRIES } from './probe-targets.ts';
import { WALL_NETWORK } from './wall-names.ts';

const METADATA = '169.254.169.254';
const OPEN_PORT = 8080;
const SERVER_IPV6 = 'fd00:66::11';
const CHECK_TIMEOUT_MS = 60_000;

const stack = new AsyncDisposableStack();
let testbed: Testbed;
let compute: ComputeFixture;
/** Where the workspaces are. */
let server: TestServer;
/** Another machine of the private network; it has the metadata address too. */
let other: TestServer;
let serverId: ServerId;
let attacker: WorkspaceId;
let victim: WorkspaceId;
let bridge: string;

beforeAll(async () => {
  testbed = stack.use(await startTestbed({ directory: temporaryFolder('testbed'), servers: 2 }));
  const [first, second] = testbed.servers;
  if (first === undefined || second === undefined) throw new Error('the testbed has no servers');
  [server, other] = [first, second];
  stack.use(await startResolver(testbed.address));
  stack.use(await listenHere(testbed.address));
  await giveListeners();
  compute = await startComputeFixture({ COMPUTE_DNS_SERVERS: testbed.address }, server.storagePath);
  stack.defer(() => compute.stop());
  serverId = compute.api.addServer({
    name: 'ws-1',
    hostname: server.address,
    docker_port: server.port,
    tls_ca_path: server.tls.ca,
    tls_cert_path: server.tls.cert,
    tls_key_path: server.tls.key,
  });
  await compute.api.untilServer(serverId, 'ready', CHECK_TIMEOUT_MS);
  [attacker, victim] = [compute.api.createWorkspace(), compute.api.createWorkspace()];
  for (const id of [attacker, victim]) await untilRunning(id);
  await listenInVictim();
  bridge = await server.docker(['network', 'inspect', WALL_NETWORK, '--format', BRIDGE_FORMAT]);
});

afterAll(() => stack.disposeAsync());

const BRIDGE_FORMAT = '{{index .Options "com.docker.network.bridge.name"}}';

async function listenHere(address: string): Promise<AsyncDisposable> {
  const listener = createServer((socket) => void socket.on('error', () => undefined).end('hello'));
  await new Promise<void>((resolve) => listener.listen(OPEN_PORT, address, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => listener.close(() => resolve())) };
}

/** Something that is really there, wherever a workspace must not get. */
async function giveListeners(): Promise<void> {
  await other.enter(['ip', 'address', 'add', `${METADATA}/32`, 'dev', 'eth0']);
  await listenIn(other, METADATA, 80);
  await listenIn(other, other.address, OPEN_PORT);
  await giveServerListeners();
}

/** Those that are lost with the server's power. */
async function giveServerListeners(): Promise<void> {
  await server.enter(['ip', 'route', 'replace', METADATA, 'via', other.address]);
  await server.enter(['ip', 'address', 'replace', `${SERVER_IPV6}/64`, 'dev', 'eth0', 'nodad']);
  await listenIn(server, '::', OPEN_PORT);
}

async function listenInVictim(): Promise<void> {
  const program = echoProgram('0.0.0.0', OPEN_PORT);
  const line = `exec 3< <(exec setsid node -e "${program}" </dev/null 2>/dev/null); read -r line <&3; echo $line`;
  expect(await compute.client.run(victim, line)).toBe('up\n');
}

async function untilRunning(id: WorkspaceId): Promise<void> {
  expect(await compute.api.untilSettled(id, 60_000)).toMatchObject({ status: 'running' });
}

function checkAgain(status: ObserveServerInput['status']): Promise<ObserveServerInput> {
  compute.api.raiseVersion(serverId);
  return compute.api.untilServer(serverId, status, CHECK_TIMEOUT_MS);
}

function addressOf(id: WorkspaceId): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "${WALL_NETWORK}").IPAddress}}`;
  return server.docker(['inspect', '--format', format, `podex-${id}`]);
}

async function gateway(): Promise<string> {
  return server.docker([
    'network',
    'inspect',
    WALL_NETWORK,
    '--format',
    '{{(index .IPAM.Config 0).Gateway}}',
  ]);
}

/** Name, address and port of everything that listens and that no workspace may reach. */
async function forbidden(): Promise<Place[]> {
  const places: [string, string, number][] = [
    ['metadata', METADATA, 80],
    ['the server on the bridge', await gateway(), OPEN_PORT],
    ['the server', server.address, OPEN_PORT],
    ['the server over IPv6', SERVER_IPV6, OPEN_PORT],
    ['the engine', server.address, server.port],
    ['the engine of another server', other.address, other.port],
    ['another machine', other.address, OPEN_PORT],
    ['the resolver, on another port', testbed.address, OPEN_PORT],
    ['another workspace', await addressOf(victim), OPEN_PORT],
  ];
  return places.map(([name, address, port]) => ({ name, address, port }));
}

async function reached(): Promise<string[]> {
  return reachedFrom(compute, attacker, await forbidden());
}

describe('a workspace on a server that had no rules', () => {
  it('is admitted only after everything was tried from inside', async () => {
    const { checks } = await compute.api.untilServer(serverId, 'ready');
    const found = Object.fromEntries(checks.map(({ name, ok }) => [name, ok]));
    for (const name of ['egress_rules', ...WALL_TRIES, 'resolver', 'internet'])
      expect(found[name], name).toBe(true);
    const detailOf = (name: string) => checks.find((check) => check.name === name)?.detail;
    expect(detailOf('egress_host')).toContain(`${await gateway()}:${OPEN_PORT}`);
    expect(detailOf('egress_engine')).toContain(`${server.address}:${server.port}`);
  });

  it('reaches no metadata, server, engine, machine or neighbour, though all of them listen', async () => {
    for (const place of await forbidden()) expect(await isOpenFromHost(server, place), place.name).toBe(true);
    expect(await reached()).toEqual([]);
  });

  it('gets names from the resolver, at a private address, and reaches nothing else there', async () => {
    expect(await compute.client.run(attacker, 'cat /etc/resolv.conf')).toBe(
      `nameserver ${testbed.address}\n`,
    );
    expect(await compute.client.run(attacker, 'getent ahostsv4 anything.example')).toContain(
      ANSWERED_ADDRESS,
    );
  });

  it('cannot change who answers it', async () => {
    const line = 'echo nameserver 6.6.6.6 | sudo tee /etc/resolv.conf >/dev/null || echo refused';
    expect(await compute.client.run(attacker, line)).toContain('refused');
  });
});

describe('rules that somebody removed', () => {
  beforeEach(async () => {
    await checkAgain('ready');
    expect(await reached()).toEqual([]);
  });

  it.each([
    ['a flush', 'iptables --flush', ['metadata', 'the server']],
    ['a jump that is gone', 'iptables --flush INPUT', ['the server']],
    ['a rule that admits all, put first', 'iptables --insert FORWARD --jump ACCEPT', ['another machine']],
    [
      'one put before the rules in DOCKER-USER and FORWARD',
      'iptables -I DOCKER-USER -j ACCEPT; iptables -I FORWARD -j ACCEPT',
      ['metadata'],
    ],
  ])('%s is mended by the next check', async (_, line, opened) => {
    await server.enter(['bash', '-c', line]);
    expect(await reached()).toEqual(expect.arrayContaining(opened));
    await checkAgain('ready');
    expect(await reached()).toEqual([]);
  });

  it('leave no connection open that was made meanwhile', async () => {
    await server.enter(['iptables', '--flush']);
    const session = [
      `rm -f go; exec 3<>/dev/tcp/${METADATA}/80`,
      'say() { echo $1 >&3; read -r -t 3 -u 3 word && echo $word; }',
      'read -r -u 3 word; say before; touch talking',
      'until [ -e go ]; do sleep 0.2; done; say after',
    ];
    const talk = compute.client.run(attacker, `${session.join('; ')}; true`);
    await expect.poll(() => compute.client.run(attacker, 'ls talking 2>/dev/null; true')).toBe('talking\n');
    await checkAgain('ready');
    await compute.client.run(attacker, 'touch go');
    expect(await talk).toBe('before\n');
  });

  it('make the server unfit when they cannot be put back, with cause and cure', async () => {
    // Before the real one on its path.
    await server.enter(['mount', '-t', 'tmpfs', 'tmpfs', '/usr/local/sbin']);
    await server.enter(['install', '-m', '755', '/bin/false', '/usr/local/sbin/iptables-restore']);
    await server.enter(['iptables', '--flush', 'INPUT']);
    const { reason, checks } = await checkAgain('unfit');
    expect(reason).toContain('Its packet filter refused the rules');
    expect(checks.find(({ ok }) => !ok)?.name).toBe('egress_rules');
    const late = compute.api.createWorkspace();
    await expect
      .poll(() => compute.api.observations(late).at(-1)?.reason, { timeout: 20_000 })
      .toMatch(/cannot take it now/);
    await server.enter(['umount', '/usr/local/sbin']);
    await checkAgain('ready');
    await untilRunning(late);
    compute.api.want(late, { desired_status: 'deleted' });
    await compute.api.untilSettled(late);
  });

  it('are put back by the older iptables as well, beside what the newer one holds', async () => {
    await server.enter(['mount', '-t', 'tmpfs', 'tmpfs', '/usr/local/sbin']);
    const link =
      'for p in iptables ip6tables; do for s in "" -restore; do ln -s /usr/sbin/$p-legacy$s /usr/local/sbin/$p$s; done; done';
    await server.enter(['bash', '-c', link]);
    await server.enter(['/usr/sbin/iptables-nft', '--flush']);
    const { checks } = await checkAgain('ready');
    expect(checks.find(({ name }) => name === 'egress_rules')?.detail).toContain('(legacy)');
    expect(await reached()).toEqual([]);
    for (const program of ['iptables-legacy', 'ip6tables-legacy']) await server.enter([program, '--flush']);
    await server.enter(['umount', '/usr/local/sbin']);
  });

  it('make it unfit when neighbours reach each other although the rules are there', async () => {
    const filter = '/proc/sys/net/bridge/bridge-nf-call-iptables';
    await server.enter(['bash', '-c', `echo 0 >${filter}`]);
    expect(await reached()).toEqual(['another workspace']);
    const { reason } = await checkAgain('unfit');
    expect(reason).toMatch(/reaches another workspace .*br_netfilter/);
    await server.enter(['bash', '-c', `echo 1 >${filter}`]);
    await checkAgain('ready');
  });
});

describe('a server that starts again', () => {
  it('has its rules before work goes on when its engine was killed and its filter flushed', async () => {
    compute.api.want(attacker, { desired_status: 'stopped' });
    expect(await compute.api.untilSettled(attacker)).toMatchObject({ status: 'stopped' });
    await server.kill();
    await server.enter(['iptables', '--flush']);
    await server.start();
    compute.api.want(attacker, { desired_status: 'running' });
    await untilRunning(attacker);
    expect(await reached()).toEqual([]);
  });

  it('has its rules before anything starts after a power loss', { timeout: 240_000 }, async () => {
    await server.crash();
    await compute.api.untilServer(serverId, 'unreachable', CHECK_TIMEOUT_MS);
    await server.boot();
    await giveServerListeners();
    compute.api.want(attacker, { desired_status: 'running' });
    compute.api.want(victim, { desired_status: 'running' });
    for (const id of [attacker, victim]) await untilRunning(id);
    await listenInVictim();
    expect(await reached()).toEqual([]);
  });
});

describe('the network of workspaces', () => {
  it('is made again when it was removed, and what was stopped stands on it at its next start', async () => {
    compute.api.want(victim, { desired_status: 'stopped' });
    await compute.api.untilSettled(victim);
    compute.api.want(attacker, { desired_status: 'stopped' });
    await compute.api.untilSettled(attacker);
    await server.docker(['network', 'rm', WALL_NETWORK]);
    compute.api.want(attacker, { desired_status: 'running' });
    compute.api.want(victim, { desired_status: 'running' });
    for (const id of [attacker, victim]) await untilRunning(id);
    await listenInVictim();
    expect(await server.docker(['network', 'inspect', WALL_NETWORK, '--format', BRIDGE_FORMAT])).toBe(bridge);
    expect(await reached()).toEqual([]);
  });

  it('is the only one of a workspace that was put on another, from its next start; until then its owner is told', async () => {
    await server.docker(['network', 'connect', 'bridge', `podex-${attacker}`]);
    compute.api.want(attacker, { desired_status: 'running' });
    expect((await compute.api.untilSettled(attacker)).reason).toContain('Stop and start it');
    compute.api.want(attacker, { desired_status: 'stopped' });
    await compute.api.untilSettled(attacker);
    compute.api.want(attacker, { desired_status: 'running' });
    expect(await compute.api.untilSettled(attacker)).toMatchObject({ status: 'running', reason: null });
    const format = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
    expect((await server.docker(['inspect', '--format', format, `podex-${attacker}`])).trim()).toBe(
      WALL_NETWORK,
    );
    expect(await reached()).toEqual([]);
  });

  it('is replaced when it has other options, and not while a container is on it', async () => {
    for (const id of [attacker, victim]) {
      compute.api.want(id, { desired_status: 'stopped' });
      await compute.api.untilSettled(id);
    }
    await server.docker(['network', 'rm', WALL_NETWORK]);
    await server.docker(['network', 'create', WALL_NETWORK]);
    const image = await server.docker(['images', '--quiet']);
    const squatter = ['run', '--detach', '--rm', '--init', '--network', WALL_NETWORK, '--name', 'squatter'];
    await server.docker([...squatter, image.split('\n')[0] ?? '', 'sleep', '300']);
    expect((await checkAgain('unfit')).reason).toMatch(
      /enable_icc is not set.*1 containers run on it.*Stop them/,
    );
    await server.docker(['rm', '--force', 'squatter']);
    await checkAgain('ready');
    expect(await server.docker(['network', 'inspect', WALL_NETWORK, '--format', BRIDGE_FORMAT])).toBe(bridge);
  });
});
