import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { parseArgs } from 'node:util';
import { newId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../tests/stack/workspace-actions.ts';
import { processMemoryMb } from './measures.ts';
import { RawDocker } from './raw-docker.ts';
import { type Measured, measureInTurns, type Summary, summarise } from './statistics.ts';

/**
 * `node bench/files.ts [--quick] [--megabytes 1024]`: what files cost through api, compute, the link and the daemon. A large file up and
 * down with the memory of every process on its way, a folder as an archive, lists of 2,000 and 10,000 entries, and 1 MB read and written
 * against `docker exec cat`. Needs PODEX_TEST_DOCKER_SOCKET (an engine with runsc and the workspace image).
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    megabytes: { type: 'string', default: '1024' },
  },
});
const MB = 1024 * 1024;
const LARGE_BYTES = (values.quick ? 64 : Number(values.megabytes)) * MB;
const ROUNDS = values.quick ? 5 : 40;
const LOOK_EVERY_MS = 200;

const docker = new RawDocker(requireTestEngine());
const stack = await startStack({ dockerSocket: requireTestEngine() });
const agent = new Agent({ keepAlive: true });
try {
  const person = await stack.signUp();
  const id = await createRunningWorkspace(person, 'bench-files');
  const container = `podex-${id}`;

  const open = async (
    method: string,
    path: string,
    send?: (body: NodeJS.WritableStream) => Promise<void> | void,
  ): Promise<IncomingMessage> => {
    const sending = request(`${stack.apiUrl}/api/workspaces/${id}${path}`, {
      method,
      agent,
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/octet-stream' },
    });
    const answered = once(sending, 'response');
    await send?.(sending);
    sending.end();
    const [response] = (await answered) as [IncomingMessage];
    if (response.statusCode !== 200)
      throw new Error(`${method} ${path} was answered with ${response.statusCode}`);
    return response;
  };
  /** @returns the bytes that came. */
  const drain = async (response: IncomingMessage): Promise<number> => {
    let bytes = 0;
    for await (const chunk of response) bytes += chunk.length;
    return bytes;
  };
  const sendMegabytes = (bytes: number) => async (body: NodeJS.WritableStream) => {
    const piece = Buffer.alloc(MB, 'podex');
    for (let sent = 0; sent < bytes; sent += MB) if (!body.write(piece)) await once(body, 'drain');
  };

  const upload = newId('upload');
  const at = `/files/uploads/${upload}`;
  const up = await watched(container, async () => {
    await drain(
      await open(
        'PUT',
        at,
        (body) => void body.write(JSON.stringify({ path: 'large.bin', size: LARGE_BYTES })),
      ),
    );
    await drain(await open('PATCH', withQuery(at, { offset: 0 }), sendMegabytes(LARGE_BYTES)));
    await drain(await open('POST', `${at}/finish`));
  });
  const down = await watched(container, async () => {
    const bytes = await drain(await open('GET', withQuery('/files/content', { path: 'large.bin' })));
    if (bytes !== LARGE_BYTES) throw new Error(`${bytes} bytes came back`);
  });
  const archived = await watched(container, async () => {
    await drain(await open('GET', withQuery('/files/archive', { path: 'large.bin' })));
  });
  console.log(
    `| A file of ${LARGE_BYTES / MB} MB | MB/s | api, peak over rest (MB) | compute | daemon and files |`,
  );
  console.log('|---|---|---|---|---|');
  for (const [name, run] of [
    ['up', up],
    ['down', down],
    ['as .tar.gz', archived],
  ] as const) {
    const rate = (LARGE_BYTES / MB / (run.ms / 1000)).toFixed(0);
    console.log(`| ${name} | ${rate} | ${peak(run.api)} | ${peak(run.compute)} | ${peak(run.inside)} |`);
  }

  for (const count of [2_000, 10_000]) {
    await runToEnd(person, id, `mkdir -p list-${count} && cd list-${count} && seq ${count} | xargs touch`);
  }
  const lists: [string, Record<string, string | number>][] = [
    ['2,000 entries, whole', { path: 'list-2000' }],
    ['10,000 entries, whole', { path: 'list-10000' }],
    ['10,000 entries, the first 500', { path: 'list-10000', limit: 500 }],
  ];
  console.log('\n| List (ms) | p50 / p95 / p99 |\n|---|---|');
  for (const [name, query] of lists) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      await drain(await open('GET', withQuery('/files', query)));
      times.push(performance.now() - startedAt);
    }
    console.log(`| ${name} | ${line(summarise(times))} |`);
  }

  await runToEnd(person, id, 'head -c 1048576 /dev/urandom > one.bin');
  console.log('\n| 1 MB (ms) | Podex p50 / p95 / p99 | `docker exec cat` | Ratio p50 |\n|---|---|---|---|');
  row(
    'read',
    await measureInTurns(ROUNDS, {
      raw: async () => void (await docker.run(['exec', container, 'cat', '/home/dev/one.bin'])),
      ours: async () =>
        void (await drain(await open('GET', withQuery('/files/content', { path: 'one.bin' })))),
    }),
  );
  row(
    'write',
    await measureInTurns(ROUNDS, {
      raw: async () =>
        void (await docker.run([
          'exec',
          container,
          'sh',
          '-c',
          'head -c 1048576 /dev/zero | cat > /home/dev/raw.bin',
        ])),
      ours: async () =>
        void (await drain(
          await open('PUT', withQuery('/files/content', { path: 'own.bin' }), sendMegabytes(MB)),
        )),
    }),
  );
  await deleteWorkspace(person, id);
} finally {
  agent.destroy();
  await stack.stop();
}

interface Memory {
  restMb: number;
  peakMb: number;
}

/** Runs `work` and looks at the memory of what it goes through. */
async function watched(container: string, work: () => Promise<void>) {
  const looks = {
    api: () => processMemoryMb(stack.api.pid),
    compute: () => processMemoryMb(stack.compute.pid),
    inside: () => memoryInside(container),
  };
  const memory: Record<keyof typeof looks, Memory> = {
    api: begin(looks.api()),
    compute: begin(looks.compute()),
    inside: begin(await looks.inside()),
  };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      note(memory.api, looks.api());
      note(memory.compute, looks.compute());
      note(memory.inside, await looks.inside());
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  isOver = true;
  await watching;
  return { ms, ...memory };
}

function begin(restMb: number): Memory {
  return { restMb, peakMb: restMb };
}

function note(memory: Memory, seenMb: number): void {
  memory.peakMb = Math.max(memory.peakMb, seenMb);
}

/** Of the daemon and its files process together, in MB. */
async function memoryInside(container: string): Promise<number> {
  const command = `for p in /proc/[0-9]*; do grep -qaE 'daemon.js|podex-files' $p/cmdline 2>/dev/null && grep VmRSS $p/status; done; true`;
  const printed = await docker.run(['exec', '--user', 'root', container, 'sh', '-c', command]);
  const kilobytes = [...printed.matchAll(/VmRSS:\s+(\d+)/g)].map(([, number]) => Number(number));
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

function peak({ restMb, peakMb }: Memory): string {
  return `${restMb.toFixed(0)} + ${(peakMb - restMb).toFixed(0)}`;
}

function line({ p50, p95, p99 }: Summary): string {
  return [p50, p95, p99].map((value) => value.toFixed(value < 10 ? 2 : 0)).join(' / ');
}

function row(name: string, { ours, raw }: Measured): void {
  console.log(`| ${name} | ${line(ours)} | ${line(raw)} | ${(ours.p50 / raw.p50).toFixed(2)} |`);
}
