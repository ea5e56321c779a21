import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { waitUntil } from '@podex/service-kit/waiting';
import { z } from 'zod';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  runToEnd,
  writeText,
} from '../tests/stack/workspace-actions.ts';
import { type Summary, summarise } from './statistics.ts';

/**
 * `node bench/preview.ts [--quick]`: what a preview adds to one small request to a program in a workspace, and how many of them go through
 * in a second. The raw limit is the same request from within the workspace, a connection for each as a preview has it. Needs
 * PODEX_TEST_DOCKER_SOCKET (an engine with runsc and the workspace image).
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const REQUESTS = values.quick ? 50 : 500;
const WARM_UP = values.quick ? 10 : 50;
/** As many as a browser has open to one host, twice. */
const TOGETHER = 12;
const PORT = 5173;
const READY_TIMEOUT_MS = 60_000;

const SERVER = `require('node:http').createServer((request, response) => response.end('small')).listen(${PORT}, '127.0.0.1');`;
const CLIENT = `
const { request } = require('node:http');
const ask = () => new Promise((resolve, reject) => {
  const startedAt = performance.now();
  request({ port: ${PORT}, host: '127.0.0.1', agent: false }, (response) => {
    response.resume();
    response.on('end', () => resolve(performance.now() - startedAt));
  }).on('error', reject).end();
});
(async () => {
  for (let asked = 0; asked < ${WARM_UP}; asked += 1) await ask();
  const times = [];
  for (let asked = 0; asked < ${REQUESTS}; asked += 1) times.push(Number((await ask()).toFixed(3)));
  const startedAt = performance.now();
  let left = ${REQUESTS};
  await Promise.all(Array.from({ length: ${TOGETHER} }, async () => { while (left-- > 0) await ask(); }));
  console.log(JSON.stringify({ times, seconds: (performance.now() - startedAt) / 1000 }));
})();`;
const measuredInside = z.object({ times: z.array(z.number()), seconds: z.number() });

const KEPT_OPEN = new Agent({ keepAlive: true });
const stack = await startStack({ dockerSocket: requireTestEngine() });
try {
  const person = await stack.signUp();
  const id = await createRunningWorkspace(person, 'preview');
  await writeText(person, id, 'server.cjs', SERVER);
  await writeText(person, id, 'client.cjs', CLIENT);
  await beginCommand(person, id, 'exec node server.cjs');
  const params = { path: { workspace_id: id, port: PORT } };
  const { data: port } = await person.client.PUT('/api/workspaces/{workspace_id}/ports/{port}', {
    params,
    body: { access: 'public' },
  });
  const { host } = new URL(port?.url ?? '');
  await waitUntil(async () => (await ask(host).catch(() => undefined)) && true, {
    timeoutMs: READY_TIMEOUT_MS,
    everyMs: 200,
  });
  const inside = measuredInside.parse(JSON.parse((await runToEnd(person, id, 'node client.cjs')).output));
  const through = await measureThrough(host);
  print({ name: 'The program, asked inside the workspace', ...toRow(inside) });
  print({ name: 'Its preview', ...toRow(through) });
  await deleteWorkspace(person, id);
} finally {
  KEPT_OPEN.destroy();
  await stack.stop();
}

async function measureThrough(host: string): Promise<z.infer<typeof measuredInside>> {
  for (let asked = 0; asked < WARM_UP; asked += 1) await ask(host);
  const times: number[] = [];
  for (let asked = 0; asked < REQUESTS; asked += 1) times.push(await ask(host));
  const startedAt = performance.now();
  let left = REQUESTS;
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      while (left-- > 0) await ask(host);
    }),
  );
  return { times, seconds: (performance.now() - startedAt) / 1000 };
}

/** @returns the milliseconds from the request to the last byte of its response. A browser keeps its connection to api. */
function ask(host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const startedAt = performance.now();
  request(stack.apiUrl, { headers: { host }, agent: KEPT_OPEN }, (response) => {
    if (response.statusCode !== 200)
      reject(new Error(`The preview was answered with ${response.statusCode}`));
    response.resume();
    response.on('end', () => resolve(performance.now() - startedAt));
  })
    .on('error', reject)
    .end();
  return promise;
}

function toRow({ times, seconds }: z.infer<typeof measuredInside>): { summary: Summary; perSecond: number } {
  return { summary: summarise(times), perSecond: REQUESTS / seconds };
}

function print({ name, summary, perSecond }: { name: string; summary: Summary; perSecond: number }): void {
  const [p50, p95, p99] = [summary.p50, summary.p95, summary.p99].map((value) => value.toFixed(2));
  console.log(
    `| ${name} | ${p50} / ${p95} / ${p99} ms | ${perSecond.toFixed(0)} requests/s, ${TOGETHER} at once |`,
  );
}
