import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { findFreePort } from '../machine/ports.ts';
import { type PodexHome, podexHome } from '../state/podex-home.ts';
import { identifyProcess, isSameProcess, sendSignal } from '../state/process-identity.ts';
import { readProcessRecords } from '../state/run-records.ts';
import { askHealth } from './health-check.ts';
import { stopStaleProcesses } from './stale-processes.ts';
import type { ProcessDefinition } from './supervised-process.ts';
import { Supervisor } from './supervisor.ts';

const SERVER = `
  import { createServer } from 'node:http';
  import { spawn } from 'node:child_process';
  if (process.env.GRANDCHILD) spawn('sleep', ['600'], { stdio: 'ignore' });
  createServer((_request, response) => response.end('{}')).listen(Number(process.env.PORT), '127.0.0.1');
  if (process.env.STUBBORN) process.on('SIGTERM', () => undefined);
`;

let home: PodexHome;
let events: string[];
let supervisor: Supervisor;
const signal = new AbortController().signal;
const step = { update: () => undefined, done: () => undefined, fail: () => undefined };

beforeEach(() => {
  home = podexHome(temporaryFolder('supervisor'));
  mkdirSync(home.runDirectory);
  mkdirSync(home.logsDirectory);
  events = [];
  supervisor = new Supervisor({ home, onEvent: (line) => events.push(line) });
});

afterEach(async () => {
  await supervisor.kill();
  rmSync(home.directory, { recursive: true, force: true });
});

async function definition(
  script: string,
  environment: Record<string, string> = {},
): Promise<ProcessDefinition> {
  const file = path.join(home.directory, 'service.mjs');
  writeFileSync(file, script);
  const port = await findFreePort();
  return {
    name: 'service',
    user: undefined,
    program: process.execPath,
    arguments: [file],
    directory: home.directory,
    environment: { PORT: String(port), PATH: process.env.PATH ?? '', ...environment },
    logFile: path.join(home.logsDirectory, 'service.log'),
    healthUrl: `http://127.0.0.1:${port}/health`,
    stopGraceMs: 500,
  };
}

async function startHealthy(service: ProcessDefinition): Promise<number> {
  await supervisor.launch(service);
  await supervisor.waitFor(service, { until: 'healthy', step, signal });
  supervisor.markStarted();
  return onlyPid();
}

async function onlyPid(): Promise<number> {
  const [record] = await readProcessRecords(home);
  if (!record) throw new Error('no process is recorded');
  return record.pid;
}

describe('the supervisor', () => {
  it('starts a service again that was killed, says so, and records the new process', async () => {
    const service = await definition(SERVER);
    const first = await startHealthy(service);
    sendSignal(first, 'SIGKILL');
    const second = await waitUntil(
      async () => {
        const pid = await onlyPid();
        return pid !== first && (await askHealth(service.healthUrl)).kind === 'healthy' ? pid : undefined;
      },
      { everyMs: 50, timeoutMs: 10_000 },
    );
    expect(second).not.toBe(first);
    expect(events).toEqual([expect.stringMatching(/^service ended \(SIGKILL\); it is started again in \d/)]);
  });

  it('shows what a service with a wrong environment says, and does not start it again', async () => {
    const service = await definition(`console.error('api cannot start: PORT is wrong'); process.exit(78);`);
    await supervisor.launch(service);
    await expect(supervisor.waitFor(service, { until: 'healthy', step, signal })).rejects.toMatchObject({
      message: 'api cannot start: PORT is wrong',
      exitCode: 78,
    });
    expect(readFileSync(service.logFile, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('gives up on a service that ends right after its start, with its last words', async () => {
    const service = await definition(`console.error('cannot find the database'); process.exit(1);`);
    await supervisor.launch(service);
    await expect(supervisor.waitFor(service, { until: 'healthy', step, signal })).rejects.toThrow(
      /ends right after its start \(exit code 1\)[\s\S]*cannot find the database/,
    );
  });

  it('kills what does not stop when asked, and everything that it started', async () => {
    const service = await definition(SERVER, { STUBBORN: '1', GRANDCHILD: '1' });
    const pid = await startHealthy(service);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    expect(children).toHaveLength(1);
    await supervisor.stop(() => undefined);
    expect(await identifyProcess(pid)).toBeUndefined();
    expect(await identifyProcess(children[0] ?? 0)).toBeUndefined();
    expect(await readProcessRecords(home)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('stops services in the opposite order of their start', async () => {
    const first = await definition(SERVER);
    const second = { ...(await definition(SERVER)), name: 'second' };
    await supervisor.launch(first);
    await supervisor.launch(second);
    const order: string[] = [];
    await supervisor.stop((name) => order.push(name));
    expect(order).toEqual(['second', 'service']);
  });

  it('finds and ends what a killed supervisor left running', async () => {
    const service = await definition(SERVER);
    const pid = await startHealthy(service);
    const identity = await identifyProcess(pid);
    if (!identity) throw new Error('the service is gone');
    expect(await stopStaleProcesses(home)).toEqual(['service']);
    expect(await isSameProcess(identity)).toBe(false);
    expect(await readProcessRecords(home)).toEqual([]);
  });
});
