import { SEARCH_STREAM_TYPE, type SearchEvent, searchEvent } from '@podex/contracts/files';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isFrozen } from '../stack/control-groups.ts';
import { FileWatchClient } from '../stack/file-watch-client.ts';
import type { Person } from '../stack/person.ts';
import { responseLines } from '../stack/response-lines.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd, writeText } from '../stack/workspace-actions.ts';

const HOME = '/home/dev';
/** Far more than one event, or one search, may hold. */
const FILES = 20_000;

let stack: Stack;
let person: Person;
let guest: Person;
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  guest = await stack.signUp();
  id = await createRunningWorkspace(person, 'followed');
  await writeText(person, id, 'src/app/main.ts', 'export const needle = 1;\n');
}, 240_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(person, id);
  await stack?.stop();
}, 120_000);

function inside(path: string, parameters: readonly (readonly [string, string])[]): string {
  const search = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
  return `${stack.apiUrl}/api/workspaces/${id}/${path}?${search}`;
}

const watch = (who: Person, ...folders: string[]) =>
  FileWatchClient.open(
    inside(
      'watch',
      folders.map((folder) => ['path', folder] as const),
    ),
    who.token,
  );

async function* search(parameters: Record<string, string>): AsyncGenerator<SearchEvent> {
  const headers = { authorization: `Bearer ${person.token}`, accept: SEARCH_STREAM_TYPE };
  const response = await fetch(inside('search', Object.entries(parameters)), { headers });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  for await (const line of responseLines(response)) yield searchEvent.parse(JSON.parse(line));
}

async function outputOf(command: string): Promise<string> {
  const { output } = await runToEnd(person, id, command);
  return output.trim();
}

/** Of the process that watches and searches, in KB. */
const memory = async () =>
  Number(
    await outputOf(
      `for p in /proc/[0-9]*; do if grep -qa podex-files $p/cmdline $p/comm 2>/dev/null; then awk '/VmRSS/ {print $2}' $p/status; fi; done | sort -n | tail -1`,
    ),
  );

async function workspaceNow() {
  const { data } = await person.client.GET('/api/workspaces/{workspace_id}', {
    params: { path: { workspace_id: id } },
  });
  return z.object({ status: z.string(), last_active_at: z.string().nullable() }).parse(data);
}

async function act(verb: 'pause' | 'start') {
  await person.client.POST(`/api/workspaces/{workspace_id}/${verb}`, {
    params: { path: { workspace_id: id }, query: { wait_ms: 60_000 } },
  });
}

describe('files of a workspace', { timeout: 120_000 }, () => {
  it('are followed by all who may see them, whatever program changes them', async () => {
    const share = {
      params: { path: { workspace_id: id } },
      body: { email: guest.email, role: 'viewer' },
    } as const;
    const { data: shared } = await person.client.POST('/api/workspaces/{workspace_id}/shares', share);
    const [mine, theirs] = [await watch(person, HOME, `${HOME}/src`), await watch(guest, HOME)];
    await runToEnd(person, id, `echo 1 > made; printf x > "$(printf 'two\\nlines')"; mv src/app src/old`);
    for (const viewer of [mine, theirs]) {
      await viewer.told(`${HOME}/made`, 'created');
      await viewer.told(`${HOME}/two\nlines`, 'created');
    }
    await mine.told(`${HOME}/src/old`, 'created');
    await mine.told(`${HOME}/src/app`, 'deleted');
    expect(theirs.changes.some(({ path }) => path.startsWith(`${HOME}/src/`))).toBe(false);
    await writeText(person, id, 'made', 'by the page');
    await mine.told(`${HOME}/made`, 'changed');

    // Who may see them no longer is told no more.
    await person.client.DELETE('/api/workspaces/{workspace_id}/shares/{user_id}', {
      params: { path: { workspace_id: id, user_id: shared?.user_id ?? '' } },
    });
    await theirs.ended;
    await expect(watch(guest, HOME)).rejects.toThrow('HTTP 404');
    mine.leave();
  });

  it(`are told of without a growing memory while ${FILES} come and go`, async () => {
    await runToEnd(person, id, 'mkdir many');
    const viewer = await watch(person, `${HOME}/many`);
    const before = await memory();
    await runToEnd(person, id, `cd many; seq ${FILES} | xargs -n 5000 touch`);
    // Each of them is told, or that there were too many.
    const isTold = () =>
      viewer.events.some(({ type }) => type === 'overflow') ||
      new Set(viewer.changes.map(({ path }) => path)).size >= FILES;
    await viewer.waitFor(isTold, { timeoutMs: 60_000, everyMs: 250 });
    expect(before).toBeGreaterThan(10_000);
    expect((await memory()) - before).toBeLessThan(60_000);
    await runToEnd(person, id, 'touch many/after');
    await viewer.waitFor(() => ['changes', 'overflow'].includes(viewer.events.at(-1)?.type ?? ''));
    viewer.leave();
  });

  it('are searched as a stream, whose first match comes before its end, and which ends when it is left', async () => {
    await runToEnd(
      person,
      id,
      `cd many; for n in 1 2 3; do echo needle > $n; done; yes needle | head -c 15000000 > large`,
    );
    const types: string[] = [];
    for await (const event of search({ q: 'needle', path: 'src', context: '1' })) {
      types.push(event.type);
      if (event.type === 'match') {
        expect(event.match).toMatchObject({
          path: `${HOME}/src/old/main.ts`,
          line: 1,
          column: 14,
          length: 6,
          before: [],
        });
      }
    }
    expect(types).toEqual(['match', 'end']);
    for await (const event of search({ q: 'needle', limit: '5000' })) {
      expect(event.type).toBe('match');
      break;
    }
    const isGone = async () => ((await outputOf('pgrep -x rg || true')) === '' ? true : undefined);
    expect(await waitUntil(isGone, { timeoutMs: 10_000, everyMs: 50 })).toBe(true);
  });

  it('are found by letters of their names, the best first', async () => {
    const names: string[] = [];
    for await (const event of search({ q: 'oldmn', mode: 'name' })) {
      if (event.type === 'match') names.push(event.match.path);
    }
    expect(names).toEqual([`${HOME}/src/old/main.ts`]);
  });

  it('keep no workspace awake, and thaw none, for who watches them', async () => {
    const [row] = await stack.postgres.run(`select container_id from workspace where id = '${id}'`);
    const { container_id: container } = z.object({ container_id: z.string() }).parse(row);
    const viewer = await watch(person, HOME);
    await act('pause');
    expect(await isFrozen(container)).toBe(true);
    const { last_active_at: before } = await workspaceNow();
    for (let again = 0; again < 3; again += 1) {
      await expect(watch(person, HOME)).rejects.toThrow('HTTP 409');
    }
    expect(await workspaceNow()).toEqual({ status: 'paused', last_active_at: before });
    expect(await isFrozen(container)).toBe(true);
    // What was open goes on with the workspace.
    await act('start');
    await runToEnd(person, id, 'echo again > again');
    await viewer.told(`${HOME}/again`, 'created');
    viewer.leave();
  });
});
