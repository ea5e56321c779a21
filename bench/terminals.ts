import { parseArgs } from 'node:util';
import { waitUntil } from '@podex/service-kit/waiting';
import { changeSettings } from '../tests/stack/burst-scene.ts';
import type { Person } from '../tests/stack/person.ts';
import { startStack } from '../tests/stack/stack.ts';
import { TerminalClient } from '../tests/stack/terminal-client.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  openTerminal,
  runToEnd,
  writeText,
} from '../tests/stack/workspace-actions.ts';
import { RawDocker } from './raw-docker.ts';

/**
 * `node bench/terminals.ts [--seconds 20]`: how much a terminal carries against a raw TTY exec, and whether 200 terminals at 100 times
 * 1,024 bytes a second each lose anything on their way through daemon, compute and api. Needs PODEX_TEST_DOCKER_SOCKET.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } });
const SECONDS = Number(values.seconds);
const FLOOD_BYTES = 50_000_000;
const ROUNDS = 5;
const WORKSPACES = 8;
const TERMINALS_EACH = 25;
const HERTZ = 100;
const BLOCK_BYTES = 1_024;
const IMAGE = 'podex/workspace:latest';

/** Writes to all terminals of a workspace, whose shells only wait: numbered blocks, on time or as soon after as it can. */
const WRITER = `
import glob, os, sys, time
terminals = [os.open(open(name).read().strip(), os.O_WRONLY | os.O_NOCTTY) for name in sorted(glob.glob('tty-*'))]
start = time.monotonic()
for block in range(int(sys.argv[1])):
    line = ('%09d ' % block).encode()
    data = line + b'x' * (${BLOCK_BYTES} - len(line) - 2) + b'\\n'
    for terminal in terminals:
        view = data
        while view:
            view = view[os.write(terminal, view):]
    time.sleep(max(0, start + (block + 1) / ${HERTZ} - time.monotonic()))
print('%.2f' % (time.monotonic() - start))
`;

const socket = requireTestEngine();
const stack = await startStack({ dockerSocket: socket });
const docker = new RawDocker(socket);
const rawContainer = `podex-bench-tty-${process.pid}`;

try {
  // They wait most of the time.
  await changeSettings(stack, { cpu_overcommit: 100, disk_overcommit: 100 });
  const person = await stack.signUp();
  const first = await createRunningWorkspace(person, 'flood');
  await docker.run([
    ...['run', '--detach', '--rm', '--runtime=runsc', '--init', '--name', rawContainer],
    ...[IMAGE, 'sleep', 'infinity'],
  ]);
  await throughput(person, first);
  await manyTerminals();
} finally {
  await docker.run(['rm', '--force', rawContainer]).catch((error: unknown) => console.error(error));
  await stack.stop();
}

async function throughput(person: Person, workspaceId: string): Promise<void> {
  const ours = new TerminalClient(
    stack.apiUrl,
    person.token,
    workspaceId,
    await openTerminal(person, workspaceId),
  );
  await ours.attach();
  const raw = await docker.openTty(rawContainer);
  let tail = '';
  raw.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('latin1')).slice(-200);
  });
  const rates = { ours: [] as number[], raw: [] as number[] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const flood = `yes | head -c ${FLOOD_BYTES}; echo over-$((${round}+100))\n`;
    const end = `over-${round + 100}`;
    rates.raw.push(
      await rate(
        () => raw.write(flood),
        () => tail.includes(end),
      ),
    );
    ours.text = '';
    rates.ours.push(
      await rate(
        () => ours.type(flood),
        () => ours.text.slice(-200).includes(end),
      ),
    );
  }
  ours.leave();
  raw.destroy();
  const [own, plain] = [median(rates.ours), median(rates.raw)];
  console.log(
    `Throughput of a flood of ${FLOOD_BYTES / 1e6} MB, p50 of ${ROUNDS}: ${own.toFixed(1)} MB/s against ${plain.toFixed(1)} of a raw TTY exec: ${(own / plain).toFixed(2)}×`,
  );
}

/** In MB/s. */
async function rate(begin: () => void, isOver: () => boolean): Promise<number> {
  const startedAt = performance.now();
  begin();
  await waitUntil(async () => (isOver() ? true : undefined), { timeoutMs: 120_000, everyMs: 2 });
  return FLOOD_BYTES / 1e3 / (performance.now() - startedAt);
}

/** Each workspace is a person’s own: nobody may hold as many connections. */
async function manyTerminals(): Promise<void> {
  const places: { person: Person; id: string }[] = [];
  while (places.length < WORKSPACES) {
    const person = await stack.signUp();
    places.push({ person, id: await createRunningWorkspace(person, 'terminals') });
  }
  const viewers = await Promise.all(places.map(({ person, id }) => openViewers(person, id)));
  const blocks = SECONDS * HERTZ;
  const writing = await Promise.all(
    places.map(async ({ person, id }) => {
      await writeText(person, id, 'writer.py', WRITER);
      return runToEnd(person, id, `python3 writer.py ${blocks}`);
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const all = viewers.flat();
  const received = all.map((viewer) => viewer.blocks);
  const whole = received.filter(({ length }) => length === blocks).length;
  const inOrder = received.filter((list) => list.every((block, index) => block === index)).length;
  const delivered = received.reduce((sum, { length }) => sum + length, 0);
  const slowest = Math.max(...writing.map(({ output }) => Number(output)));
  for (const viewer of all) viewer.client.leave();
  await Promise.all(places.map(({ person, id }) => deleteWorkspace(person, id)));
  console.log(
    `${all.length} terminals × ${BLOCK_BYTES} B × ${HERTZ} Hz for ${SECONDS} s: ${((100 * delivered) / (all.length * blocks)).toFixed(3)} % of the blocks delivered, ` +
      `${whole} terminals whole, ${inOrder} in order; the writers took ${slowest} s`,
  );
}

interface BlockViewer {
  client: TerminalClient;
  blocks: number[];
}

async function openViewers(person: Person, workspaceId: string): Promise<BlockViewer[]> {
  const viewers: BlockViewer[] = [];
  for (let index = 0; index < TERMINALS_EACH; index += 1) {
    const client = new TerminalClient(
      stack.apiUrl,
      person.token,
      workspaceId,
      await openTerminal(person, workspaceId),
    );
    await client.attach();
    client.type(
      `stty -echo; tty > tty-${String(index).padStart(2, '0')}; echo wait-$((1+1)); exec sleep 100000\n`,
    );
    await client.waitFor('wait-2', 60_000);
    const blocks: number[] = [];
    let rest = '';
    client.onDraw = (bytes) => {
      const lines = (rest + bytes.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (/^\d{9} x+$/.test(line)) blocks.push(Number(line.slice(0, 9)));
      client.text = '';
    };
    viewers.push({ client, blocks });
  }
  return viewers;
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}
