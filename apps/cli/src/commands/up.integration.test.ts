import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type Pool, pool } from '@podex/contracts/pool';
import { workspace } from '@podex/contracts/workspaces';
import { waitUntil } from '@podex/service-kit/waiting';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { CHECKOUT } from '../config.ts';
import { findFreePort } from '../machine/ports.ts';
import { sendSignal } from '../state/process-identity.ts';

const SECOND_START_MAX_MS = 10_000;

let home: string;
let environment: Record<string, string>;
const background: ChildProcess[] = [];

beforeAll(async () => {
  const socket = process.env.PODEX_TEST_DOCKER_SOCKET;
  if (!socket) throw new Error('PODEX_TEST_DOCKER_SOCKET is not set; run these tests with ./podex test');
  home = temporaryFolder('up', '/var/tmp');
  chmodSync(home, 0o711);
  environment = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/root',
    PODEX_HOME: home,
    DOCKER_HOST: `unix://${socket}`,
    PODEX_WEB_PORT: String(await findFreePort()),
    PODEX_API_PORT: String(await findFreePort()),
    PODEX_AGENT_PORT: String(await findFreePort()),
    PODEX_COMPUTE_PORT: String(await findFreePort()),
  };
});

afterAll(async () => {
  for (const child of background) child.kill('SIGKILL');
  // A warm container outlives its Podex, and its disk is mounted in this home.
  await podex(['up', '--detach']);
  await emptyPool();
  await podex(['down']);
  rmSync(home, { recursive: true, force: true });
});

async function podex(arguments_: string[], extra: Record<string, string> = {}) {
  const { stdout, stderr, exitCode } = await execa(path.join(CHECKOUT, 'podex'), arguments_, {
    env: { ...environment, ...extra },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  return { stdout, stderr, exitCode };
}

const statusDocument = z.object({
  ok: z.boolean(),
  supervisor: z.object({ pid: z.number() }).nullable(),
  services: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      pid: z.number().nullable(),
      user: z.string().nullable(),
    }),
  ),
});

async function status() {
  return statusDocument.parse(JSON.parse((await podex(['status', '--json'])).stdout));
}

async function signIn(email: string, password: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${environment.PODEX_API_PORT}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: `http://localhost:${environment.PODEX_WEB_PORT}`,
    },
    body: JSON.stringify({ email, password }),
  });
  return response.status;
}

/** Asks api as its administrator. */
async function ask(method: string, route: string, body?: object) {
  const { stdout: token } = await podex(['admin', 'token']);
  const response = await fetch(`http://127.0.0.1:${environment.PODEX_API_PORT}${route}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.status === 204 ? undefined : response.json();
}

async function emptyPool(): Promise<void> {
  await podex(['pool', 'set', '0']);
  const isEmpty = ({ ready, filling, removing }: Pool) => ready + filling + removing === 0;
  const look = async () => (isEmpty(await readPool()) ? true : undefined);
  await waitUntil(look, { timeoutMs: 60_000, everyMs: 500 });
}

const readPool = async () => pool.parse(await ask('GET', '/api/admin/pool'));

describe('podex up', () => {
  it('starts everything, and the password that it prints signs in', async () => {
    const { stdout, exitCode } = await podex(['up', '--detach', '--demo-model']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`http://localhost:${environment.PODEX_WEB_PORT}`);
    expect(stdout).toContain('Warm pool: one container is kept started');
    const email = /email +(\S+)/.exec(stdout)?.[1] ?? '';
    const password = /password +(\S+)/.exec(stdout)?.[1] ?? '';
    expect(await signIn(email, password)).toBe(200);
    expect((await status()).services.every(({ state }) => state === 'healthy')).toBe(true);
    const page = await fetch(`http://127.0.0.1:${environment.PODEX_WEB_PORT}/`);
    expect(page.status).toBe(200);
  });

  it('keeps what is secret to its owner', async () => {
    for (const file of ['secrets.json', 'admin.json', 'postgres/cluster.json', 'logs/api.log']) {
      expect(statSync(path.join(home, file)).mode & 0o077, file).toBe(0);
    }
    const { services } = await status();
    for (const { name, pid } of services) {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      expect(commandLine, name).not.toMatch(/postgresql:|password|token/i);
    }
  });

  it('says that it runs already', async () => {
    const { stdout, exitCode } = await podex(['up']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Podex runs already \(pid \d+\): http:/);
  });

  it('shows the credentials again, and gives scripts a token', async () => {
    const credentials = await podex(['admin', 'credentials']);
    const token = await podex(['admin', 'token']);
    expect(credentials.stdout).toMatch(/password +\S+/);
    const me = await fetch(`http://127.0.0.1:${environment.PODEX_API_PORT}/api/me`, {
      headers: { authorization: `Bearer ${token.stdout}` },
    });
    expect(await me.json()).toMatchObject({ role: 'admin' });
  });

  it('has the first workspace there at once, from its warm pool', async () => {
    await expect.poll(async () => (await readPool()).ready, { timeout: 60_000, interval: 500 }).toBe(1);
    const made = workspace.parse(await ask('POST', '/api/workspaces?wait_ms=20000', { name: 'first' }));
    expect(made).toMatchObject({ status: 'running', started_from: 'pool' });
    await ask('DELETE', `/api/workspaces/${made.id}`);
    await expect.poll(async () => (await readPool()).ready, { timeout: 60_000, interval: 500 }).toBe(1);
  });

  it('is well after its supervisor was killed and it is started again', async () => {
    const before = await status();
    sendSignal(before.supervisor?.pid ?? 0, 'SIGKILL');
    const { stdout, exitCode } = await podex(['up', '--detach']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Stopped what an earlier start left running/);
    expect(stdout).not.toContain('password');
    const after = await status();
    expect(after.ok).toBe(true);
    expect(after.services.map(({ pid }) => pid)).not.toEqual(before.services.map(({ pid }) => pid));
  });

  it('stops, and a second start takes less than ten seconds and loses nothing', async () => {
    const { stdout: credentials } = await podex(['admin', 'credentials']);
    expect((await podex(['down'])).exitCode).toBe(0);
    expect((await podex(['status'])).exitCode).toBe(3);
    const startedAt = performance.now();
    expect((await podex(['up', '--detach'])).exitCode).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(SECOND_START_MAX_MS);
    const password = /password +(\S+)/.exec(credentials)?.[1] ?? '';
    expect(await signIn('admin@podex.local', password)).toBe(200);
    await podex(['down']);
  });

  it('runs in the foreground until it is told to stop, and leaves nothing running', async () => {
    const child = spawn(path.join(CHECKOUT, 'podex'), ['up'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    background.push(child);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    for await (const chunk of child.stdout) {
      if (String(chunk).includes('Ctrl-C stops it')) break;
    }
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect((await status()).services.every(({ pid }) => pid === null)).toBe(true);
  });
});

describe('podex up refuses', () => {
  it('a port that is taken, and names who has it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen({ port: Number(environment.PODEX_API_PORT), host: '127.0.0.1' }, resolve);
    });
    const { stderr, exitCode } = await podex(['up']);
    await new Promise((resolve) => server.close(resolve));
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(
      new RegExp(
        `^podex: port ${environment.PODEX_API_PORT}, wanted for api, is taken by pid ${process.pid}`,
      ),
    );
  });

  it('a variable that nobody reads, and one that is wrong', async () => {
    writeFileSync(path.join(home, 'podex.env'), 'COMPUTE_WARM_POOLSIZE=3\n');
    const unread = await podex(['up']);
    expect(unread.stderr).toContain(`COMPUTE_WARM_POOLSIZE in ${home}/podex.env is read by no part of Podex`);
    writeFileSync(path.join(home, 'podex.env'), 'COMPUTE_MODE=vm\n');
    const wrong = await podex(['up']);
    rmSync(path.join(home, 'podex.env'));
    expect(wrong.exitCode).toBe(78);
    expect(wrong.stderr).toContain('COMPUTE_MODE: must be docker');
  });

  it('an engine that is not there', async () => {
    const { stderr, exitCode } = await podex(['up'], { DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no docker engine answers at unix:///nonexistent/docker.sock');
  });
});
