import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { userId, workspaceId } from '@podex/contracts/ids';
import { DAEMON_SOCKET_PATH } from '@podex/contracts/internal/daemon';
import { createCapabilitySigner, requestClaims } from '@podex/service-kit/capability';
import { waitUntil } from '@podex/service-kit/waiting';
import { z } from 'zod';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, writeText } from '../tests/stack/workspace-actions.ts';
import { RawDocker } from './raw-docker.ts';
import { type Summary, summarise } from './statistics.ts';

/**
 * `node bench/hops.ts [--quick]`: what each hop adds to one small request to a workspace. The same file is read through api, from
 * compute alone and, inside the workspace, from the daemon alone. Needs PODEX_TEST_DOCKER_SOCKET (an engine with runsc and the
 * workspace image).
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const REQUESTS = values.quick ? 50 : 1_000;
const WARM_UP = values.quick ? 10 : 200;
const REMOVAL_TIMEOUT_MS = 60_000;
const FILE = 'bench.txt';
const TARGET = `/files/content?path=${FILE}`;
const TEXT = 'Small enough that its bytes cost nothing.\n';

const socket = requireTestEngine();
const docker = new RawDocker(socket);
const stack = await startStack({ dockerSocket: socket });
try {
  const person = await stack.signUp();
  const id = workspaceId.parse(await createRunningWorkspace(person, 'hops'));
  await writeText(person, id, FILE, TEXT);
  const { data: me } = await person.client.GET('/api/me');
  const owner = userId.parse(me?.id);
  const sign = createCapabilitySigner(stack.internalKeys.compute);
  const agent = new Agent({ keepAlive: true });

  const throughApi = () =>
    read(`${stack.apiUrl}/api/workspaces/${id}${TARGET}`, { authorization: `Bearer ${person.token}` }, agent);
  const atCompute = async () => {
    const target = `/workspaces/${id}${TARGET}`;
    const grant = { workspaceId: id, userId: owner, access: 'read', requestId: randomUUID() } as const;
    const capability = await sign(requestClaims({ ...grant, method: 'GET', target }));
    return read(`${stack.computeUrl}${target}`, { authorization: `Bearer ${capability}` }, agent);
  };

  const api: number[] = [];
  const compute: number[] = [];
  for (let asked = 0; asked < WARM_UP + REQUESTS; asked += 1) {
    const [fromApi, fromCompute] = [await throughApi(), await atCompute()];
    if (asked < WARM_UP) continue;
    api.push(fromApi);
    compute.push(fromCompute);
  }
  const daemon = await readInside(id);
  print({ api: summarise(api), compute: summarise(compute), daemon: summarise(daemon) });
  agent.destroy();
  await deleteWorkspace(person, id);
  await waitUntil(async () => (await countWorkspaces()) === 0 || undefined, {
    timeoutMs: REMOVAL_TIMEOUT_MS,
    everyMs: 100,
  });

  async function countWorkspaces(): Promise<number | undefined> {
    return (await stack.admin.client.GET('/api/admin/servers/capacity')).data?.workspaces;
  }

  /** The same request on the daemon’s own socket, from a program in the workspace. */
  async function readInside(workspace: string): Promise<number[]> {
    const program = `
      const { Agent, request } = require('node:http');
      const agent = new Agent({ keepAlive: true });
      const ask = () => new Promise((resolve, reject) => {
        const startedAt = performance.now();
        request({ socketPath: ${JSON.stringify(DAEMON_SOCKET_PATH)}, path: ${JSON.stringify(TARGET)}, agent }, (response) => {
          if (response.statusCode !== 200) reject(new Error('The daemon answered ' + response.statusCode));
          response.resume();
          response.on('end', () => resolve(performance.now() - startedAt));
        }).on('error', reject).end();
      });
      (async () => {
        for (let asked = 0; asked < ${WARM_UP}; asked += 1) await ask();
        const times = [];
        for (let asked = 0; asked < ${REQUESTS}; asked += 1) times.push(Number((await ask()).toFixed(3)));
        console.log(JSON.stringify(times));
        process.exit();
      })();`;
    await writeText(person, workspace, 'bench.cjs', program);
    // As root: the people of a workspace cannot reach the socket.
    const printed = await docker.run([
      'exec',
      '--user',
      'root',
      `podex-${workspace}`,
      'node',
      '/home/dev/bench.cjs',
    ]);
    return z.array(z.number()).length(REQUESTS).parse(JSON.parse(printed));
  }
} finally {
  await stack.stop();
}

/** @returns the milliseconds from the request to the last byte of its response. */
function read(url: string, headers: Record<string, string>, agent: Agent): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const startedAt = performance.now();
  request(url, { headers, agent }, (response) => {
    if (response.statusCode !== 200) reject(new Error(`${url} was answered with ${response.statusCode}`));
    response.resume();
    response.on('end', () => resolve(performance.now() - startedAt));
  })
    .on('error', reject)
    .end();
  return promise;
}

function print({ api, compute, daemon }: Record<'api' | 'compute' | 'daemon', Summary>): void {
  console.log(`| GET of a small file, ${REQUESTS} times (ms) | p50 / p95 / p99 | Added p50 | Added p99 |`);
  console.log('|---|---|---|---|');
  row('The daemon alone, asked inside the workspace', daemon, undefined);
  row('By way of compute and the link', compute, daemon);
  row('By way of api, compute and the link', api, compute);
}

function row(name: string, summary: Summary, below: Summary | undefined): void {
  const [p50, p95, p99] = [summary.p50, summary.p95, summary.p99].map((value) => value.toFixed(2));
  const added =
    below === undefined
      ? ' | '
      : `${(summary.p50 - below.p50).toFixed(2)} | ${(summary.p99 - below.p99).toFixed(2)}`;
  console.log(`| ${name} | ${p50} / ${p95} / ${p99} | ${added} |`);
}
