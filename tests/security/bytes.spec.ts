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
