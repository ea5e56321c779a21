import { ESCAPED_BYTE_BASE } from '@podex/contracts/file-names';
import { searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countResponses, RawClient } from '../../packages/service-kit/testing/raw-client.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  readText,
  runToEnd,
  writeText,
} from '../stack/workspace-actions.ts';

let stack: Stack;
let attacker: Person;
let victim: Person;
let attackersWorkspace: string;
let victimsWorkspace: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  attacker = await stack.signUp();
  victim = await stack.signUp();
  attackersWorkspace = await createRunningWorkspace(attacker, 'attack');
  victimsWorkspace = await createRunningWorkspace(victim, 'private');
  await writeText(victim, victimsWorkspace, 'secret.txt', 'hers');
});

afterAll(async () => {
  if (attackersWorkspace) await deleteWorkspace(attacker, attackersWorkspace);
  if (victimsWorkspace) await deleteWorkspace(victim, victimsWorkspace);
  await stack?.stop();
});

const apiPort = () => Number(new URL(stack.apiUrl).port);
const head = (method: string, path: string, headers: string) =>
  `${method} /api/workspaces/${attackersWorkspace}/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${attacker.token}\r\n${headers}\r\n\r\n`;

describe('a request that hides another', () => {
  it.each(['GET', 'HEAD', 'DELETE'])('runs nothing in the victim’s workspace: %s', async (method) => {
    const smuggled = `PUT /workspaces/${victimsWorkspace}/files/content?path=owned.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nowned`;
    for (const framing of [
      `Content-Length: ${smuggled.length}`,
      'Transfer-Encoding: chunked',
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
    ]) {
      using client = new RawClient(apiPort());
      const received = await client
        .send(`${head(method, 'files/content?path=a', framing)}${smuggled}`)
        .closed();
      expect(received).toMatch(/^HTTP\/1\.1 400 /);
      expect(countResponses(received)).toBe(1);
    }
    expect(await readText(victim, victimsWorkspace, 'secret.txt')).toBe('hers');
    expect((await runToEnd(victim, victimsWorkspace, 'ls')).output).not.toContain('owned');
  });

  it('leaves nothing of an upload that breaks off', async () => {
    const client = new RawClient(apiPort());
    client.send(`${head('PUT', 'files/content?path=half.txt', 'Content-Length: 1000')}half of it`);
    const staged = async () => (await runToEnd(attacker, attackersWorkspace, 'ls -A')).output;
    await expect.poll(staged, { timeout: 20_000 }).toContain('.podex-');
    client.socket.destroy();
    await expect.poll(staged, { timeout: 20_000 }).not.toContain('.podex-');
    expect(await staged()).not.toContain('half.txt');
  });
});

describe('a file with an awkward name', () => {
  const run = async (line: string) => (await runToEnd(attacker, attackersWorkspace, line)).output;
  /** Over the door, as a program that escapes nothing sends it. */
  const ask = async (method: string, path: string) => {
    using client = new RawClient(apiPort());
    return await client.send(head(method, path, 'Connection: close')).closed();
  };

  it('is the one that is asked for, and no other whose name is the beginning of it', async () => {
    await run("touch a 'a#c'");
    for (const name of ['a?c', 'a%3Fc', 'a?path=a', 'a%23c?']) {
      expect(await ask('DELETE', `files/content?path=${name}`)).toMatch(/^HTTP\/1\.1 404 /);
      expect(await run('ls a')).toContain('a');
    }
    await run("touch 'a?c'");
    expect(await ask('DELETE', 'files/content?path=a?c')).toMatch(/^HTTP\/1\.1 204 /);
    expect(await run("ls a 'a#c' 'a?c' 2>&1")).toMatch(/cannot access 'a\?c'/);
  });

  it('that is no UTF-8 is listed, found, read and deleted', async () => {
    const spelled = String.fromCodePoint(ESCAPED_BYTE_BASE + 0xb1).repeat(120);
    await run(`mkdir -p raw; printf needle > raw/$(printf '\\261%.0s' $(seq 120)); touch raw/plain`);
    const path = { workspace_id: attackersWorkspace };
    const url = '/api/workspaces/{workspace_id}';
    const listed = await attacker.client.GET(`${url}/files`, { params: { path, query: { path: 'raw' } } });
    expect(listed.data?.children?.map(({ name }) => name)).toEqual(['plain', spelled]);
    for (const [mode, q] of [
      ['content', 'needle'],
      ['name', 'raw/'],
    ] as const) {
      const query = { q, mode, path: '.' };
      const { data } = await attacker.client.GET(`${url}/search`, { params: { path, query } });
      expect(searchResult.parse(data).matches.map((match) => match.path)).toContain(
        `/home/dev/raw/${spelled}`,
      );
    }
    expect(await readText(attacker, attackersWorkspace, `raw/${spelled}`)).toBe('needle');
    await attacker.client.DELETE(`${url}/files/content`, {
      params: { path, query: { path: `raw/${spelled}` } },
    });
    expect(await run('ls raw')).toBe('plain\n');
  });

  it('whose path is longer than a path may be goes with its folder', async () => {
    await run('(for i in $(seq 30); do n=$(printf "%0200d" 0); mkdir $n; cd $n; done)');
    expect(await run('ls -d 000*')).toContain('0'.repeat(200));
    expect(await ask('DELETE', `files/content?path=${'0'.repeat(200)}`)).toMatch(/^HTTP\/1\.1 204 /);
    expect(await run('ls -d 000* 2>&1')).toMatch(/cannot access/);
  });

  it('stays the same file for who watches it when it is saved', async () => {
    await writeText(attacker, attackersWorkspace, 'watched', 'one');
    const watch = `fs.watch('watched', () => console.log('change'))`;
    await run(`setsid node -e "const fs = require('fs'); ${watch}" > seen 2>&1 & sleep 1`);
    const before = await run('stat -c %i watched');
    for (const text of ['two', 'three and more', '4']) {
      const seen = (await run('wc -l < seen')).trim();
      await writeText(attacker, attackersWorkspace, 'watched', text);
      await expect.poll(async () => Number(await run('wc -l < seen'))).toBeGreaterThan(Number(seen));
    }
    expect(await run('stat -c %i watched; pkill -f fs.watch')).toBe(before);
  });
});

describe('what compute opens', () => {
  it('is nothing to the key that api has, and nothing to a person', async () => {
    for (const token of [stack.internalKeys.compute, stack.internalKeys.service, attacker.token]) {
      const response = await fetch(`${stack.computeUrl}/workspaces/${victimsWorkspace}/files?path=.`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(401);
    }
  });
});

describe('a page in a workspace', () => {
  it('is a file to save, in no origin and with no rights', async () => {
    await writeText(attacker, attackersWorkspace, 'page.html', '<script>fetch("/api/tokens")</script>');
    const response = await fetch(
      `${stack.apiUrl}/api/workspaces/${attackersWorkspace}/files/content?path=page.html`,
      { headers: { authorization: `Bearer ${attacker.token}` } },
    );
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="page\.html"/);
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('the processes of Podex in a workspace', () => {
  it('open no debugger to its user by a signal, and live on', async () => {
    // Started with the first use of files.
    await writeText(attacker, attackersWorkspace, 'start.txt', 'x');
    const signal =
      'for p in /proc/[0-9]*; do case "$(cat $p/cmdline 2>/dev/null | tr -d "\\0")" in podex-*|*/bridge) kill -USR1 $(basename $p) 2>/dev/null;; esac; done';
    const list =
      'for p in /proc/[0-9]*; do n=$(cat $p/cmdline 2>/dev/null | tr -d "\\0"); case "$n" in podex-*|*/bridge) echo "$n $p";; esac; done';
    const knock =
      'for try in 1 2 3 4 5; do (exec 3<>/dev/tcp/127.0.0.1/9229) 2>/dev/null && echo open; sleep 0.1; done';
    const run = async (line: string) => (await runToEnd(attacker, attackersWorkspace, line)).output;
    const before = await run(list);
    for (const name of ['podex-daemon', 'podex-files', '/opt/podex/bridge']) expect(before).toContain(name);
    expect(await run(`${signal}; ${knock}`)).toBe('');
    expect(await readText(attacker, attackersWorkspace, 'start.txt')).toBe('x');
    expect(await run(list)).toBe(before);
  });
});
