import { workspace as workspaceShape } from '@podex/contracts/workspaces';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cpuSeconds, isFrozen } from '../stack/control-groups.ts';
import { docker } from '../stack/docker.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  openTerminal,
  runToEnd,
} from '../stack/workspace-actions.ts';

const REACHED = { timeout: 60_000 };

let stack: Stack;
let person: Person;
let id: string;
let container: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  id = await createRunningWorkspace(person, 'rests');
  const [row] = await stack.postgres.run(`select container_id from workspace where id = '${id}'`);
  container = z.object({ container_id: z.string() }).parse(row).container_id;
}, 240_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(person, id);
  const listed = () => docker(['ps', '--all', '--quiet', '--filter', `id=${container}`]);
  await waitUntil(async () => ((await listed()) === '' ? true : undefined), {
    timeoutMs: REACHED.timeout,
    everyMs: 100,
  });
  await stack?.stop();
}, 240_000);

async function act(verb: 'pause' | 'start' | 'stop') {
  const params = { path: { workspace_id: id }, query: { wait_ms: 60_000 } };
  const { data } = await person.client.POST(`/api/workspaces/{workspace_id}/${verb}`, { params });
  return workspaceShape.parse(data);
}

async function status(): Promise<string> {
  const { data } = await person.client.GET('/api/workspaces/{workspace_id}', {
    params: { path: { workspace_id: id } },
  });
  return workspaceShape.parse(data).status;
}

const frozen = () => expect.poll(() => isFrozen(container), REACHED);

describe('a paused workspace', { timeout: 240_000 }, () => {
  it('is frozen with all that runs in it, and goes on where it was with its next command', async () => {
    const ticking = await beginCommand(person, id, 'while :; do date >> ticks; done');
    expect(await act('pause')).toMatchObject({ status: 'paused', desired_status: 'paused', reason: null });
    expect(await isFrozen(container)).toBe(true);
    const before = await cpuSeconds(container);
    // A while in which the platform works.
    for (let look = 0; look < 30; look += 1) expect(await status()).toBe('paused');
    expect(await cpuSeconds(container)).toBe(before);
    const { output } = await runToEnd(
      person,
      id,
      'n=$(wc -l < ticks); until test $(wc -l < ticks) -gt $n; do :; done; echo goes on',
    );
    expect(output).toBe('goes on\n');
    expect(await status()).toBe('running');
    await person.client.DELETE('/api/workspaces/{workspace_id}/commands/{command_id}', {
      params: { path: { workspace_id: id, command_id: ticking }, query: { signal: 'KILL' } },
    });
  });

  it('goes on with a key that is typed in a terminal from before', async () => {
    const terminal = new TerminalClient(stack.apiUrl, person.token, id, await openTerminal(person, id));
    await terminal.attach();
    await terminal.echo('a');
    await act('pause');
    await terminal.echo('b');
    await expect.poll(status, REACHED).toBe('running');
    terminal.leave();
  });

  it.each([
    ['writing a file', 'PUT', async () => 'files/content?path=written', 'text'],
    ['making a folder', 'POST', async () => 'files/mkdir', JSON.stringify({ path: 'made' })],
    [
      'ending a command',
      'DELETE',
      async () => `commands/${await beginCommand(person, id, 'sleep 600')}?signal=KILL`,
      undefined,
    ],
    ['closing a terminal', 'DELETE', async () => `terminals/${await openTerminal(person, id)}`, undefined],
  ])('goes on with any use by HTTP: %s', async (_title, method, preparePath, body) => {
    const path = await preparePath();
    await act('pause');
    expect(await isFrozen(container)).toBe(true);
    const response = await fetch(`${stack.apiUrl}/api/workspaces/${id}/${path}`, {
      method,
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    expect(response.ok, await response.text()).toBe(true);
    expect([await status(), await isFrozen(container)]).toEqual(['running', false]);
  });

  it('is frozen again by the next compute after one was killed', async () => {
    await act('pause');
    await stack.compute.kill();
    // Nobody is left who could thaw it: its helper does, unless another compute of this machine’s tests uses it too.
    await stack.compute.start();
    await frozen().toBe(true);
    expect(await act('start')).toMatchObject({ status: 'running', reason: null });
    expect(await isFrozen(container)).toBe(false);
  });

  it('is stopped and started from there', async () => {
    await act('pause');
    expect(await act('stop')).toMatchObject({ status: 'stopped' });
    expect(await act('start')).toMatchObject({ status: 'running', reason: null });
  });

  it('is none that an operator pauses or freezes by hand: it goes on by itself', async () => {
    await runToEnd(person, id, 'true');
    await docker(['pause', container]);
    await expect
      .poll(() => docker(['inspect', '--format', '{{.State.Status}}', container]), REACHED)
      .toBe('running');
    expect((await runToEnd(person, id, 'echo alive')).output).toBe('alive\n');
  });
});
