import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LiveClient } from '../stack/live-client.ts';
import type { Person } from '../stack/person.ts';
import { findIn, findInFiles } from '../stack/secret-scan.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { deleteWorkspace, openTerminal, runToEnd } from '../stack/workspace-actions.ts';

let stack: Stack;
let person: Person;
let workspaceId: string;

const plant = (name: string) => `planted-${name}-${randomBytes(20).toString('hex')}`;
const OF_USER = plant('user');
const OF_WORKSPACE = plant('workspace');
const AT_CREATION = plant('creation');
const CHANGED = plant('changed');
const PLANTED = [OF_USER, OF_WORKSPACE, AT_CREATION, CHANGED];

const digestOf = (value: string) => createHash('sha256').update(value).digest('hex');
/** Shows that a process has a value without printing it: what a command prints, its user keeps. */
const digestsIn = (...names: string[]) =>
  names.map((name) => `printf %s "$${name}" | sha256sum | cut -d' ' -f1`).join('; ');

async function setUserSecret(name: string, value: string): Promise<void> {
  await person.client.PUT('/api/secrets/{secret_name}', {
    params: { path: { secret_name: name } },
    body: { value },
  });
}

async function setWorkspaceSecret(name: string, value: string): Promise<void> {
  await person.client.PUT('/api/workspaces/{workspace_id}/secrets/{secret_name}', {
    params: { path: { workspace_id: workspaceId, secret_name: name } },
    body: { value },
  });
}

async function digests(...names: string[]): Promise<string[]> {
  const { output } = await runToEnd(person, workspaceId, digestsIn(...names));
  return output.trim().split('\n');
}

/** As `docker` asks the engine. */
async function askEngine(url: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath: requireTestEngine(), path: url }, resolve).once('error', reject).end();
  });
  return text(response);
}

const containerList = z.array(z.object({ Id: z.string(), Names: z.array(z.string()) }));
const containerFacts = z.object({
  ExecIDs: z.array(z.string()).nullable(),
  GraphDriver: z.object({ Data: z.object({ UpperDir: z.string().optional() }) }),
});

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  await setUserSecret('OF_USER', OF_USER);
  await setUserSecret('BOTH', OF_USER);
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name: 'secrets', size: 'small', env: { AT_CREATION, BOTH: AT_CREATION } },
  });
  workspaceId = data?.id ?? '';
  expect(data).toMatchObject({ status: 'running', reason: null });
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
});

describe('secrets', () => {
  it('are in the environment of commands and terminals, a workspace’s own first, the command’s before all', async () => {
    expect(await digests('OF_USER', 'AT_CREATION', 'BOTH')).toEqual(
      [OF_USER, AT_CREATION, AT_CREATION].map(digestOf),
    );
    const terminal = new TerminalClient(
      stack.apiUrl,
      person.token,
      workspaceId,
      await openTerminal(person, workspaceId),
    );
    await terminal.attach();
    terminal.type(`${digestsIn('OF_USER')}\n`);
    await terminal.waitFor(digestOf(OF_USER));
    terminal.leave();
    const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', {
      params: {
        path: { workspace_id: workspaceId, command_id: 'cmd_01k9x3v7m4q8r2t6w0y5z1a3b7' },
        query: { wait_ms: 60_000 },
      },
      body: { command: 'echo "$OF_USER"', env: { OF_USER: 'of the command' } },
    });
    expect(data?.output).toBe('of the command\n');
  });

  it('that are set and changed reach what starts within seconds, without a restart', async () => {
    const { output: bootedAt } = await runToEnd(person, workspaceId, 'stat -c %Y /proc/1');
    await setWorkspaceSecret('OF_WORKSPACE', OF_WORKSPACE);
    await setUserSecret('OF_USER', CHANGED);
    const wanted = [OF_WORKSPACE, CHANGED].map(digestOf);
    await waitUntil(
      async () => {
        const seen = await digests('OF_WORKSPACE', 'OF_USER');
        return seen.join() === wanted.join() ? true : undefined;
      },
      { timeoutMs: 10_000, everyMs: 100 },
    );
    expect((await runToEnd(person, workspaceId, 'stat -c %Y /proc/1')).output).toBe(bootedAt);
  });

  it('are there again after a stop and a start, for the first command', async () => {
    const params = { path: { workspace_id: workspaceId }, query: { wait_ms: 60_000 } };
    await person.client.POST('/api/workspaces/{workspace_id}/stop', { params });
    await person.client.POST('/api/workspaces/{workspace_id}/start', { params });
    expect(await digests('OF_WORKSPACE', 'OF_USER', 'AT_CREATION')).toEqual(
      [OF_WORKSPACE, CHANGED, AT_CREATION].map(digestOf),
    );
  });
});

describe('nothing of them, in clear, hexadecimal or base64, is', () => {
  it('in any table of the database, or in what it writes to disk', async () => {
    const dump = await stack.postgres.dump();
    expect(dump).toContain('AT_CREATION');
    expect(dump).toMatch(/^event .*workspace\.changed/m);
    expect(findIn(dump, PLANTED)).toEqual([]);
    expect(await findInFiles([stack.postgres.directory], PLANTED)).toEqual([]);
  });

  it('in logs, the storage of workspaces, or state of the daemon; and the scan would find it there', async () => {
    expect(readdirSync(stack.logDirectory)).toEqual(expect.arrayContaining(['api.log', 'compute.log']));
    const storage = path.join(stack.logDirectory, 'workspaces');
    expect(readdirSync(storage).filter((name) => !name.startsWith('.'))).toHaveLength(1);
    expect(await findInFiles([stack.logDirectory], PLANTED)).toEqual([]);
    for (const form of [OF_USER, Buffer.from(`x${OF_USER}yz`).toString('base64')]) {
      const control = path.join(storage, 'control');
      writeFileSync(control, `before ${form} after`);
      expect(await findInFiles([stack.logDirectory], PLANTED)).toEqual([control]);
      rmSync(control);
    }
  });

  it('with the engine: containers, what was started in them, their logs and files', async () => {
    const containers = containerList.parse(JSON.parse(await askEngine('/containers/json?all=1')));
    const own = containers.filter(({ Names }) => Names.some((name) => name.includes(workspaceId.slice(3))));
    expect(own).toHaveLength(1);
    const { DockerRootDir: root } = z
      .object({ DockerRootDir: z.string() })
      .parse(JSON.parse(await askEngine('/info')));
    for (const { Id } of own) {
      const inspected = await askEngine(`/containers/${Id}/json`);
      const { ExecIDs, GraphDriver } = containerFacts.parse(JSON.parse(inspected));
      const texts = [inspected, await askEngine(`/containers/${Id}/logs?stdout=1&stderr=1`)];
      for (const id of ExecIDs ?? []) texts.push(await askEngine(`/exec/${id}/json`));
      expect(ExecIDs?.length).toBeGreaterThan(0);
      expect(findIn(texts.join('\n'), PLANTED)).toEqual([]);
      const upper = GraphDriver.Data.UpperDir;
      const folders = [
        path.join(root, 'containers', Id),
        ...(upper === undefined ? [] : [path.dirname(upper)]),
      ];
      expect(folders.filter((folder) => existsSync(folder))).toEqual(folders);
      expect(await findInFiles(folders, PLANTED)).toEqual([]);
    }
    expect(findIn(JSON.stringify(containers), PLANTED)).toEqual([]);
  });

  it('on a command line of this machine, or in the environment of a service', async () => {
    const texts: string[] = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const file of ['cmdline', 'environ']) {
        try {
          texts.push(readFileSync(`/proc/${pid}/${file}`, 'latin1'));
        } catch {
          // It has ended meanwhile, and with it what it held.
        }
      }
    }
    expect(texts.some((line) => line.includes('services/api/src/main.ts'))).toBe(true);
    expect(findIn(texts.join('\n'), PLANTED)).toEqual([]);
  });

  it('in responses of the API, or in events', async () => {
    const ask = async (url: string) =>
      (await fetch(`${stack.apiUrl}${url}`, { headers: { authorization: `Bearer ${person.token}` } })).text();
    const answers = [];
    for (const url of ['', '/secrets', '/secrets/AT_CREATION', '/terminals']) {
      answers.push(await ask(`/api/workspaces/${workspaceId}${url}`));
    }
    for (const url of ['/api/secrets', '/api/secrets/OF_USER', '/api/workspaces'])
      answers.push(await ask(url));
    expect(answers.join('\n')).toContain('OF_WORKSPACE');
    expect(findIn(answers.join('\n'), PLANTED)).toEqual([]);
    const live = new LiveClient(stack.apiUrl, person.token, `workspace:${workspaceId}`);
    await live.connect();
    await live.waitFor('workspace.changed');
    live.leave();
    expect(findIn(JSON.stringify(live.events), PLANTED)).toEqual([]);
  });
});
