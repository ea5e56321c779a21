import { chmodSync, constants, copyFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { CHECKOUT } from '../config.ts';
import { findFreePort } from '../machine/ports.ts';
import { readSystemUser } from '../machine/system-user.ts';
import { findBlockingFolder } from '../state/podex-home.ts';
import { sendSignal } from '../state/process-identity.ts';
import { commandAs } from '../supervisor/process-user.ts';

/** Tries each of its arguments with the rights of a service, and prints what came of it, a line each. */
const ATTEMPTS = `
  const { readFileSync } = require('node:fs');
  const { connect } = require('node:net');
  const read = (file) => { try { readFileSync(file); return 'done'; } catch (error) { return error.code; } };
  const open = (file) => new Promise((resolve) => {
    const socket = connect(file, () => { resolve('done'); socket.destroy(); });
    socket.on('error', (error) => resolve(error.code));
  });
  (async () => {
    for (const target of process.argv.slice(1)) {
      console.log(target.endsWith('.sock') ? await open(target) : read(target));
    }
  })();
`;

const statusDocument = z.object({
  services: z.array(z.object({ name: z.string(), pid: z.number(), user: z.string() })),
});

let home: string;
let environment: Record<string, string>;
let started: string;
let engineSocket: string;
/** Services cannot leave root where their users may not read the checkout. */
const closedFolder = await findBlockingFolder(CHECKOUT);

describe.runIf(process.getuid?.() === 0)('podex up as root', () => {
  beforeAll(async () => {
    engineSocket = process.env.PODEX_TEST_DOCKER_SOCKET ?? '';
    if (!engineSocket)
      throw new Error('PODEX_TEST_DOCKER_SOCKET is not set; run these tests with ./podex test');
    home = temporaryFolder('up-users', '/var/tmp');
    chmodSync(home, 0o711);
    // Every user can run this one, wherever the checkout is.
    copyFileSync(process.execPath, path.join(home, 'node'), constants.COPYFILE_FICLONE);
    environment = {
      PATH: process.env.PATH ?? '',
      PODEX_HOME: home,
      DOCKER_HOST: `unix://${engineSocket}`,
      COMPUTE_WARM_POOL_SIZE: '0',
      PODEX_WEB_PORT: String(await findFreePort()),
      PODEX_API_PORT: String(await findFreePort()),
      PODEX_AGENT_PORT: String(await findFreePort()),
      PODEX_COMPUTE_PORT: String(await findFreePort()),
    };
    started = await podex(['up', '--detach']);
  });
  afterAll(async () => {
    await podex(['down']);
    rmSync(home, { recursive: true, force: true });
  });

  async function podex(arguments_: string[]): Promise<string> {
    const { stdout } = await execa(path.join(CHECKOUT, 'podex'), arguments_, {
      env: environment,
      extendEnv: false,
      stdin: 'ignore',
    });
    return stdout;
  }

  async function status() {
    const { services } = statusDocument.parse(JSON.parse(await podex(['status', '--json'])));
    return services;
  }

  /** With the rights of a service: its user, the groups that its process is in, no capability. */
  async function attempt(service: { name: string; pid: number }, targets: string[]): Promise<string[]> {
    const user = await readSystemUser(`podex-${service.name}`);
    if (!user) throw new Error(`there is no user for ${service.name}`);
    const { program, arguments: arguments_ } = commandAs(
      { ...user, groups: groupsOf(service.pid), bindsLowPort: false },
      { program: path.join(home, 'node'), arguments: ['-e', ATTEMPTS, ...targets] },
    );
    return (await execa(program, arguments_, { cwd: '/' })).stdout.split('\n');
  }

  it('runs each service as a user of its own, without any right of root’s', async () => {
    for (const { name, pid, user } of await status()) {
      if (closedFolder !== undefined) {
        expect({ name, user }).toEqual({ name, user: 'root' });
        expect(started).toContain(`cannot read ${closedFolder}`);
        continue;
      }
      expect({ name, user }).toEqual({ name, user: `podex-${name}` });
      const text = readFileSync(`/proc/${pid}/status`, 'utf8');
      const uid = (await readSystemUser(`podex-${name}`))?.uid;
      expect(text).toContain(`\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
      expect(text, name).toMatch(/^CapEff:\t0+$/m);
      expect(text, name).toMatch(/^CapPrm:\t0+$/m);
      expect(text, name).toMatch(/^NoNewPrivs:\t1$/m);
      expect(groupsOf(pid).length, name).toBe(name === 'compute' ? 1 : 0);
    }
  });

  it('opens the engine’s socket, which is as good as root, to compute alone', async () => {
    for (const service of await status()) {
      const mayOpen = service.name === 'compute' && closedFolder === undefined;
      const outcome = await attempt(service, [engineSocket]);
      expect([service.name, ...outcome]).toEqual([service.name, mayOpen ? 'done' : 'EACCES']);
    }
  });

  it('keeps the secrets of a service from every other one', async () => {
    const services = await status();
    const files = ['secrets.json', 'logs/api.log', 'postgres/cluster.json'].map((file) =>
      path.join(home, file),
    );
    for (const service of services) {
      const environs = services.map(({ pid }) => `/proc/${pid}/environ`);
      const outcomes = services.map(({ name }) =>
        name === service.name && closedFolder === undefined ? 'done' : 'EACCES',
      );
      expect([service.name, ...(await attempt(service, [...environs, ...files]))]).toEqual([
        service.name,
        ...outcomes,
        ...files.map(() => 'EACCES'),
      ]);
    }
  });

  it('keeps the user of a service when it is started again', async () => {
    const before = await status();
    sendSignal(before.find(({ name }) => name === 'agent')?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => podex(['status']).catch(String), { timeout: 30_000, interval: 500 })
      .toMatch(/agent +healthy .*started again 1×/);
    expect((await status()).map(({ name, user }) => [name, user])).toEqual(
      before.map(({ name, user }) => [name, user]),
    );
  });
});

/** Groups besides its own. */
function groupsOf(pid: number): number[] {
  const groups = /^Groups:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  return groups
    .split(' ')
    .filter((group) => group !== '')
    .map(Number);
}
