import { newId } from '@podex/contracts/ids';
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
  `${method} /api/workspaces/${attackersWorkspace}/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${attacker.token}\r\n${headers}\r\n\r\n`;

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
    const look = [
      'for p in /proc/[0-9]*; do n=$(tr "\\0" " " < $p/cmdline 2>/dev/null)',
      'case "$n" in podex-*) echo "$n $(grep SigCgt $p/status)"; sudo kill -USR1 $(basename $p);; esac; done',
    ].join('; ');
    const { output } = await runToEnd(attacker, attackersWorkspace, look, newId('command'));
    const processes = output.trim().split('\n');
    for (const name of ['podex-daemon', 'podex-files', 'podex-bridge']) expect(output).toContain(name);
    for (const line of processes) {
      const caught = BigInt(`0x${/SigCgt:\s*([0-9a-f]+)/.exec(line)?.[1]}`);
      // Node catches SIGUSR1 where it may open its debugger.
      expect([line, caught & (1n << 9n)]).toEqual([line, 0n]);
    }
    expect(await readText(attacker, attackersWorkspace, 'start.txt')).toBe('x');
    const after = await runToEnd(
      attacker,
      attackersWorkspace,
      'grep -c ":240D " /proc/net/tcp; ps -e -o args= | grep -c "^podex-"',
    );
    expect(after.output.trim().split('\n')[0]).toBe('0');
  });
});
