import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { ObserveServerInput } from '@podex/contracts/internal/compute';
import type { NetworkPolicyInput } from '@podex/contracts/network-policies';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import type { TestServer } from '../../../../tests/testbed/test-server.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';
import {
  ANSWERED_ADDRESS,
  echoDatagramsIn,
  isOpenFromHost,
  listenIn,
  type Place,
  reachedFrom,
  startResolver,
} from '../../testing/wall-scene.ts';
import { WALL_NETWORK } from './wall-names.ts';

const CHECK_TIMEOUT_MS = 60_000;
const PORT = 8080;
const OTHER_PORT = 9090;
/** Of the world, as far as workspaces know: another machine has them. */
const ALLOWED = '203.0.113.5';
const REFUSED = '198.51.100.6';
const NAME = 'app.example';
/** What every name is, from now on. */
let answer = ANSWERED_ADDRESS;

const stack = new AsyncDisposableStack();
let testbed: Testbed;
let compute: ComputeFixture;
let server: TestServer;
let world: TestServer;
let serverId: ServerId;
/** Its policy changes. */
let held: WorkspaceId;
/** Nobody gives it a policy. */
let free: WorkspaceId;

beforeAll(async () => {
  testbed = stack.use(await startTestbed({ directory: temporaryFolder('testbed'), servers: 2 }));
  const [first, second] = testbed.servers;
  if (first === undefined || second === undefined) throw new Error('the testbed has no servers');
  [server, world] = [first, second];
  stack.use(await startResolver(testbed.address, () => answer));
  for (const address of [ALLOWED, REFUSED, ANSWERED_ADDRESS]) {
    await world.enter(['ip', 'address', 'add', `${address}/32`, 'dev', 'eth0']);
    for (const port of [PORT, OTHER_PORT]) await listenIn(world, address, port);
  }
  await echoDatagramsIn(world, ALLOWED, PORT);
  await listenIn(world, world.address, PORT);
  await giveRoutes();
  compute = await startComputeFixture({ COMPUTE_DNS_SERVERS: testbed.address }, server.storagePath, {
    resolveEveryMs: 1_000,
  });
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
  held = compute.api.createWorkspace({ network: { mode: 'deny_all', pending: true } });
  free = compute.api.createWorkspace();
  for (const id of [held, free]) await untilRunning(id);
});

afterAll(() => stack.disposeAsync());

/** Lost with the server’s power. */
async function giveRoutes(): Promise<void> {
  for (const address of [ALLOWED, REFUSED, ANSWERED_ADDRESS]) {
    await server.enter(['ip', 'route', 'replace', address, 'via', world.address]);
  }
}

async function untilRunning(id: WorkspaceId): Promise<void> {
  expect(await compute.api.untilSettled(id, 60_000)).toMatchObject({ status: 'running', reason: null });
}

async function setPolicy(policy: NetworkPolicyInput, id = held): Promise<void> {
  compute.api.network.set(id, policy);
  await untilRunning(id);
}

async function stop(id: WorkspaceId): Promise<void> {
  compute.api.want(id, { desired_status: 'stopped' });
  await compute.api.untilSettled(id);
}

async function start(id: WorkspaceId): Promise<void> {
  compute.api.want(id, { desired_status: 'running' });
  await untilRunning(id);
}

function checkAgain(status: ObserveServerInput['status']): Promise<ObserveServerInput> {
  compute.api.raiseVersion(serverId);
  return compute.api.untilServer(serverId, status, CHECK_TIMEOUT_MS);
}

const PLACES: readonly Place[] = [
  { name: 'allowed', address: ALLOWED, port: PORT },
  { name: 'allowed, another port', address: ALLOWED, port: OTHER_PORT },
  { name: 'refused', address: REFUSED, port: PORT },
  { name: 'named', address: ANSWERED_ADDRESS, port: PORT },
];
const EVERYTHING = PLACES.map(({ name }) => name);
/** Says over UDP what comes back from there within a second. */
const ASK_BY_DATAGRAM = `node -e "
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', () => { console.log('heard'); process.exit(); });
  socket.on('error', () => undefined);
  socket.send('x', ${PORT}, '${ALLOWED}');
  setTimeout(() => { console.log('silence'); process.exit(); }, 1000);"`;

function reached(id: WorkspaceId): Promise<string[]> {
  return reachedFrom(compute, id, PLACES);
}

async function hasNames(id: WorkspaceId): Promise<boolean> {
  const line = `timeout 4 getent ahostsv4 anything.example || echo none`;
  return (await compute.client.run(id, line)).includes(ANSWERED_ADDRESS);
}

function addressOf(id: WorkspaceId): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "${WALL_NETWORK}").IPAddress}}`;
  return server.docker(['inspect', '--format', format, `podex-${id}`]);
}

/** As people are with `sudo`, where engines do not forbid it. */
function asRoot(id: WorkspaceId, argv: readonly string[]): Promise<string> {
  return server.docker(['exec', '--user', '0', `podex-${id}`, ...argv]);
}

describe('deny_all', () => {
  it('lets a workspace reach nothing and ask nobody, and leaves others as they are', async () => {
    for (const place of PLACES) expect(await isOpenFromHost(server, place), place.name).toBe(true);
    expect(await reached(held)).toEqual([]);
    expect(await hasNames(held)).toBe(false);
    expect(await compute.client.run(held, ASK_BY_DATAGRAM)).toBe('silence\n');
    expect(await reached(free)).toEqual(EVERYTHING);
    expect(await hasNames(free)).toBe(true);
    expect(await compute.client.run(free, ASK_BY_DATAGRAM)).toBe('heard\n');
  });

  it('leaves the daemon to the platform: commands and files go on', async () => {
    expect(await compute.client.run(held, 'echo here >~/note && cat ~/note')).toBe('here\n');
    const file = await compute.client.inside(held, '/files?path=.');
    expect(JSON.stringify(await file.json())).toContain('note');
  });

  it('cuts a connection that was open before', async () => {
    await setPolicy({ mode: 'open', allow: [] });
    expect(await reached(held)).toEqual(EVERYTHING);
    const program = `
      const socket = require('net').connect(${PORT}, '${ALLOWED}');
      socket.on('data', (data) => require('fs').appendFileSync('/tmp/heard', data));
      socket.on('error', (error) => require('fs').writeFileSync('/tmp/cut', error.code));
      setInterval(() => socket.write('tick\\n'), 50);`;
    await compute.client.run(
      held,
      `rm -f /tmp/heard /tmp/cut; (setsid node -e "${program}" >/dev/null 2>&1 &)`,
    );
    await expect.poll(() => compute.client.run(held, 'cat /tmp/heard; true')).toContain('tick');
    await setPolicy({ mode: 'deny_all', allow: [] });
    await expect.poll(() => compute.client.run(held, 'cat /tmp/cut; true')).toBe('ECONNRESET');
    expect(await reached(free)).toEqual(EVERYTHING);
  });

  it('cannot be shaken off from inside', async () => {
    const card = `import fcntl, socket, struct
socket_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(socket_, 0x8924, struct.pack('16sH14s', b'eth0', 1, bytes.fromhex('020000000001')))`;
    const raw = `import socket
socket.socket(socket.AF_PACKET, socket.SOCK_RAW)`;
    for (const program of [card, raw]) {
      const line = `python3 -c "$0" >/dev/null 2>&1 && echo done || echo refused`;
      expect(await asRoot(held, ['bash', '-c', line, program])).toBe('refused');
    }
    expect(await reached(held)).toEqual([]);
  });
});

describe('allow_list', () => {
  it('opens what it names, port by port, and no names', async () => {
    await setPolicy({ mode: 'allow_list', allow: [`${ALLOWED}:${PORT}`] });
    expect(await reached(held)).toEqual(['allowed']);
    expect(await compute.client.run(held, ASK_BY_DATAGRAM)).toBe('heard\n');
    expect(await hasNames(held)).toBe(false);
    expect(await reached(free)).toEqual(EVERYTHING);
  });

  it('opens nothing that is closed to everybody', async () => {
    await setPolicy({ mode: 'allow_list', allow: ['0.0.0.0/0'] });
    expect(await reached(held)).toEqual(EVERYTHING);
    const places = [
      { name: 'another machine', address: world.address, port: PORT },
      { name: 'the engine', address: server.address, port: server.port },
      { name: 'another workspace', address: await addressOf(free), port: PORT },
    ];
    for (const place of places.slice(0, 2)) expect(await isOpenFromHost(server, place)).toBe(true);
    expect(await reachedFrom(compute, held, places)).toEqual([]);
  });

  it('opens a host name, and with it the resolvers of the server alone', async () => {
    await setPolicy({ mode: 'allow_list', allow: [`${NAME}:${PORT}`] });
    expect(await reached(held)).toEqual(['named']);
    expect(await hasNames(held)).toBe(true);
    await listenIn(world, REFUSED, 53);
    const resolvers = [{ name: 'another resolver', address: REFUSED, port: 53 }];
    expect(await reachedFrom(compute, held, resolvers)).toEqual([]);
    expect(await reachedFrom(compute, free, resolvers)).toEqual(['another resolver']);
  });

  it('follows a host name to its next address, and keeps the last for who still uses it', async () => {
    answer = ALLOWED;
    await expect.poll(() => reached(held), { timeout: 20_000 }).toEqual(['allowed', 'named']);
    answer = world.address;
    const inside = [{ name: 'inside', address: world.address, port: PORT }];
    await expect
      .poll(
        () => server.enter(['bash', '-c', `iptables -S | grep -c 'd ${world.address}/32.*${PORT}' || true`]),
        {
          timeout: 20_000,
        },
      )
      .not.toBe('0');
    expect(await reachedFrom(compute, held, inside)).toEqual([]);
    answer = ANSWERED_ADDRESS;
  });
});

/** The first program that is loaded after each start of the container tries to get out before anything else of it runs. */
const SMUGGLER = `
#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>
#define LAST_OF_START 5
__attribute__((constructor)) static void smuggle(void) {
  if (getpid() > LAST_OF_START || unlink("/armed") != 0) return;
  struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(${PORT})};
  inet_pton(AF_INET, "${ALLOWED}", &there.sin_addr);
  int out = socket(AF_INET, SOCK_STREAM, 0);
  int failed = connect(out, (struct sockaddr *)&there, sizeof there);
  FILE *told = fopen("/told", "w");
  fputs(failed ? "refused" : "reached", told);
  fclose(told);
  close(out);
}`;

describe('a workspace that is started again', () => {
  const arm = (id: WorkspaceId) => asRoot(id, ['bash', '-c', 'rm -f /told; touch /armed']);
  const told = (id: WorkspaceId) => compute.client.run(id, 'cat /told');
  async function restart(id: WorkspaceId): Promise<void> {
    await arm(id);
    await stop(id);
    await start(id);
  }

  it('is held from its first moment, whatever address it has', async () => {
    await setPolicy({ mode: 'open', allow: [] });
    const source = Buffer.from(SMUGGLER).toString('base64');
    const build = `echo ${source} | base64 -d >/tmp/s.c && gcc -shared -fPIC -o /usr/lib/s.so /tmp/s.c`;
    await asRoot(held, ['bash', '-c', `${build} && echo /usr/lib/s.so >/etc/ld.so.preload`]);
    await restart(held);
    expect(await told(held)).toBe('reached');
    const before = await addressOf(held);
    await arm(held);
    await stop(held);
    compute.api.network.set(held, { mode: 'deny_all', allow: [] });
    await compute.api.untilSettled(held);
    const squatter = compute.api.createWorkspace();
    await untilRunning(squatter);
    await start(held);
    expect(await addressOf(held)).not.toBe(before);
    expect(await told(held)).toBe('refused');
    expect(await reached(held)).toEqual([]);
    expect(await reached(squatter)).toEqual(EVERYTHING);
    await restart(held);
    expect(await told(held)).toBe('refused');
  });

  it('is made again rather than run without its policy when nothing would know its packets', async () => {
    await server.docker(['network', 'connect', 'bridge', `podex-${held}`]);
    compute.api.want(held, { desired_status: 'running' });
    expect(await compute.api.untilSettled(held)).toMatchObject({ status: 'running', reason: null });
    const format = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
    expect((await server.docker(['inspect', '--format', format, `podex-${held}`])).trim()).toBe(WALL_NETWORK);
    expect(await reached(held)).toEqual([]);
  });

  it('does not run while its server does not take its policy, and one that runs is ended', async () => {
    await setPolicy({ mode: 'open', allow: [] });
    const late = compute.api.createWorkspace({
      network: { mode: 'deny_all', pending: true },
      desired_status: 'stopped',
    });
    await compute.api.untilSettled(late);
    await server.enter(['mount', '-t', 'tmpfs', 'tmpfs', '/usr/local/sbin']);
    await server.enter(['install', '-m', '755', '/bin/false', '/usr/local/sbin/iptables-restore']);
    compute.api.network.set(held, { mode: 'deny_all', allow: [] });
    await expect
      .poll(() => compute.api.observations(held).at(-1)?.reason, { timeout: 20_000 })
      .toContain('network policy could not be put in force');
    const state = (id: WorkspaceId) =>
      server.docker(['ps', '--all', '--filter', `name=podex-${id}`, '--format', '{{.State}}']);
    expect(await state(held)).toBe('exited');
    compute.api.want(late, { desired_status: 'running' });
    await expect.poll(() => compute.api.observations(late).at(-1)?.reason, { timeout: 20_000 }).toBeTruthy();
    expect(await state(late)).not.toBe('running');
    expect(await reached(free)).toEqual(EVERYTHING);
    await server.enter(['umount', '/usr/local/sbin']);
    await checkAgain('ready');
    await untilRunning(held);
    await untilRunning(late);
    expect(await reached(late)).toEqual([]);
    expect(await reached(held)).toEqual([]);
  });
});

describe('a server', () => {
  it('keeps newer policies when a compute comes with older ones', async () => {
    const old = { ...compute.api.network.policiesOf(serverId), items: [] };
    await setPolicy({ mode: 'allow_list', allow: [`${ALLOWED}:${PORT}`] });
    await setPolicy({ mode: 'deny_all', allow: [] });
    compute.api.network.answerWith(old);
    await compute.restart();
    await checkAgain('ready');
    expect(await reached(held)).toEqual([]);
    compute.api.network.answerWith(undefined);
  });

  it('keeps nothing of a workspace whose policy was taken away', async () => {
    await setPolicy({ mode: 'open', allow: [] });
    expect(await reached(held)).toEqual(EVERYTHING);
    const line = `iptables -S | grep -- '-N PODEX-.*-W-' || true`;
    const others = compute.api.network.policiesOf(serverId).items.length;
    const chains = await server.enter(['bash', '-c', line]);
    expect(chains.split('\n').filter((chain) => chain !== '')).toHaveLength(others);
    await setPolicy({ mode: 'deny_all', allow: [] });
  });

  it('has them again before work goes on when its engine was killed and its filter flushed', async () => {
    await stop(held);
    await server.kill();
    await server.enter(['bash', '-c', 'iptables --flush; iptables --delete-chain || true']);
    await server.start();
    await start(held);
    expect(await reached(held)).toEqual([]);
  });
});
