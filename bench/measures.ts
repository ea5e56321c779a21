import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { newId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { beginConversation, say } from '../tests/stack/conversation-actions.ts';
import { LiveClient } from '../tests/stack/live-client.ts';
import type { Person } from '../tests/stack/person.ts';
import type { Stack } from '../tests/stack/stack.ts';
import { TerminalClient } from '../tests/stack/terminal-client.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  openTerminal,
  runToEnd,
} from '../tests/stack/workspace-actions.ts';
import type { RawDocker } from './raw-docker.ts';
import { type Measured, measureInTurns, type Summary, summarise } from './statistics.ts';

export interface Subject {
  stack: Stack;
  person: Person;
  docker: RawDocker;
  image: string;
  workspaceId: string;
  /** A plain runsc container beside the workspace. */
  rawContainer: string;
}

/** From the request to the end of a first command, against `docker run` of the same image and runtime. */
export function coldCreate({ stack, person, docker, image }: Subject, rounds: number): Promise<Measured> {
  return measureInTurns(rounds, {
    raw: async () => {
      await docker.run(['run', '--rm', '--runtime=runsc', '--init', image, 'true']);
    },
    ours: async () => {
      const id = await createRunningWorkspace(person, 'cold');
      await runToEnd(person, id, 'true');
      return async () => {
        await deleteWorkspace(person, id);
        await waitUntil(async () => ((await workspacesOf(stack)) <= 1 ? true : undefined), {
          timeoutMs: 60_000,
          everyMs: 100,
        });
      };
    },
  });
}

/** The same from the warm pool, which is full again before the next, against a raw `docker exec` of the same command. */
export function warmClaim(
  { stack, person, docker, rawContainer }: Subject,
  rounds: number,
): Promise<Measured> {
  return measureInTurns(rounds, {
    raw: async () => {
      await docker.run(['exec', rawContainer, 'true']);
    },
    ours: async () => {
      const { data } = await person.client.POST('/api/workspaces', {
        params: { query: { wait_ms: 60_000 } },
        body: { name: 'warm', size: 'small' },
      });
      if (data?.status !== 'running' || data.started_from !== 'pool')
        throw new Error('it did not start warm');
      await runToEnd(person, data.id, 'true');
      return async () => {
        await deleteWorkspace(person, data.id);
        await poolIsFull(stack);
      };
    },
  });
}

/** Resolves when as many slots are ready as are wanted, and nothing is being filled or removed. */
export async function poolIsFull({ admin }: Stack): Promise<void> {
  await waitUntil(
    async () => {
      const { data } = await admin.client.GET('/api/admin/pool');
      if (data === undefined) return undefined;
      return data.ready === data.wanted && data.filling + data.removing === 0 ? true : undefined;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
}

/** How many are there still; the one of the other measures stays. */
async function workspacesOf({ admin }: Stack): Promise<number> {
  const { data } = await admin.client.GET('/api/admin/servers/capacity');
  return data?.workspaces ?? 0;
}

/** `PUT commands/{id}` of `true` to its end, against `docker exec … true`. */
export function commandRoundTrip(
  { person, docker, workspaceId, rawContainer }: Subject,
  rounds: number,
): Promise<Measured> {
  return measureInTurns(rounds, {
    raw: async () => {
      await docker.run(['exec', rawContainer, 'true']);
    },
    ours: async () => {
      await runToEnd(person, workspaceId, 'true', newId('command'));
    },
  });
}

/** One key to its echo, through api, compute and daemon, against a TTY exec on the engine’s own socket. */
export async function keyEcho(
  { stack, person, docker, workspaceId, rawContainer }: Subject,
  rounds: number,
): Promise<Measured> {
  const terminal = new TerminalClient(
    stack.apiUrl,
    person.token,
    workspaceId,
    await openTerminal(person, workspaceId),
  );
  await terminal.attach();
  const tty = await docker.openTty(rawContainer);
  let rawText = '';
  tty.on('data', (chunk) => {
    rawText += chunk;
    onRaw();
  });
  let onRaw: () => void = () => undefined;
  const rawEcho = (key: string) =>
    new Promise<void>((resolve) => {
      const before = rawText.length;
      onRaw = () => (rawText.indexOf(key, before) >= 0 ? resolve() : undefined);
      tty.write(key);
    });
  // Both shells are quiet before the first key.
  await runToEnd(person, workspaceId, 'sleep 1');
  let round = 0;
  const nextKey = () => String.fromCharCode(97 + (round++ % 26));
  const measured = await measureInTurns(rounds, {
    raw: () => rawEcho(nextKey()),
    ours: () => terminal.echo(nextKey()),
  });
  terminal.leave();
  tty.destroy();
  return measured;
}

/** Time of a step that is ours: a turn of `steps` file reads with a model that answers at once, divided by its steps. */
export async function timePerToolStep(
  { stack, person, workspaceId }: Subject,
  steps: number,
  rounds: number,
): Promise<Summary> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const conversationId = await beginConversation(person, workspaceId, 'auto');
    const live = new LiveClient(stack.apiUrl, person.token, `conversation:${conversationId}`);
    await live.connect();
    const startedAt = performance.now();
    await say(person, conversationId, 'read again and again');
    await live.waitFor('turn.completed', 120_000);
    samples.push((performance.now() - startedAt) / steps);
    live.leave();
  }
  return summarise(samples);
}

/** Proportional memory of a process, in MB, from `/proc/<pid>/smaps_rollup`. */
export function processMemoryMb(pid: number): number {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(pss) / 1024;
}

/** Scripts that the page names in its HTML, compressed, in KB: what a first visit loads before anything is shown. */
export async function pageScriptKilobytes(webUrl: string, path: string): Promise<number> {
  const html = await (await fetch(`${webUrl}${path}`)).text();
  const sources = new Set([...html.matchAll(/<script[^>]+src="([^"]+)"/g)].map(([, source]) => source ?? ''));
  let bytes = 0;
  for (const source of sources) {
    const text = await (await fetch(new URL(source, webUrl))).text();
    bytes += gzipSync(text).length;
  }
  return bytes / 1024;
}
