import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { describeEngine } from './detect-engine.ts';
import { removeEngineBridge } from './engine-bridge.ts';
import { enginePaths } from './engine-paths.ts';
import { findEnginePid } from './engine-process.ts';
import { ensureEngine } from './ensure-engine.ts';
import { registerRunsc } from './register-runsc.ts';
import { removeEngine } from './remove-engine.ts';
import { startOwnEngine, stopEngine } from './start-engine.ts';
import { waitForEngine } from './wait-for-engine.ts';

const DOCKER_TIMEOUT_MS = 60_000;
const IMAGE = 'podex-test/sleep:latest';

function docker(socketPath: string, args: string[]) {
  return execa('docker', ['--host', `unix://${socketPath}`, ...args], { timeout: DOCKER_TIMEOUT_MS });
}

/** An image of a few programs of this machine and the libraries they need: no registry, no build. */
async function importSmallImage(socketPath: string): Promise<void> {
  const programs = ['/bin/sh', '/bin/sleep', '/bin/dmesg', '/bin/true'];
  const { stdout } = await execa('ldd', programs);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
  const files = [...new Set([...programs, ...libraries])];
  const archive = execa('tar', ['--create', '--dereference', '--absolute-names', ...files], {
    encoding: 'buffer',
    buffer: false,
  });
  await archive.pipe('docker', ['--host', `unix://${socketPath}`, 'import', '-', IMAGE]);
}

async function killEngine(podexHome: string): Promise<void> {
  const pid = await findEnginePid(enginePaths(podexHome));
  if (pid === undefined) throw new Error('no engine runs');
  process.kill(pid, 'SIGKILL');
  while ((await findEnginePid(enginePaths(podexHome))) !== undefined) await new Promise(setImmediate);
}

describe("an engine of Podex's own", () => {
  let podexHome: string;
  let socketPath: string;

  beforeAll(async () => {
    podexHome = temporaryFolder('engine');
    ({ socketPath } = await startOwnEngine({ podexHome }));
    await importSmallImage(socketPath);
  });

  afterAll(async () => {
    await removeEngine({ podexHome });
    expect((await readFile('/proc/self/mounts', 'utf8')).includes(podexHome)).toBe(false);
    await rm(podexHome, { recursive: true, force: true });
  });

  it('has runsc registered without its overlay, and runs containers under gVisor', async () => {
    const engine = await describeEngine(socketPath, { podexHome });
    expect(engine?.owner).toBe('podex');
    expect(engine?.runtimes.runsc?.runtimeArgs).toContain('--overlay2=none');
    const { stdout } = await docker(socketPath, ['run', '--rm', '--runtime=runsc', IMAGE, '/bin/dmesg']);
    expect(stdout).toContain('gVisor');
  });

  it('is left running when it is started again', async () => {
    const pid = await findEnginePid(enginePaths(podexHome));
    await startOwnEngine({ podexHome });
    await ensureEngine({ podexHome });
    expect(await findEnginePid(enginePaths(podexHome))).toBe(pid);
  });

  it('comes back after a crash, with the containers that survived it', async () => {
    await docker(socketPath, [
      'run',
      '--detach',
      '--name',
      'survivor',
      '--runtime=runsc',
      IMAGE,
      '/bin/sleep',
      '600',
    ]);
    const containerPid = async () =>
      (await docker(socketPath, ['inspect', '--format', '{{.State.Pid}}', 'survivor'])).stdout;
    const before = await containerPid();
    await killEngine(podexHome);
    await startOwnEngine({ podexHome });
    expect(await containerPid()).toBe(before);
    await docker(socketPath, ['exec', 'survivor', '/bin/true']);
  });

  it("is not kept from starting by a stale containerd.pid that is another program's by now", async () => {
    await docker(socketPath, ['rm', '--force', 'survivor']);
    await stopEngine({ podexHome });
    const containerd = path.join(enginePaths(podexHome).execRoot, 'containerd');
    await mkdir(containerd, { recursive: true });
    await writeFile(path.join(containerd, 'containerd.pid'), String(process.pid));
    await startOwnEngine({ podexHome });
    await expect(docker(socketPath, ['run', '--rm', IMAGE, '/bin/true'])).resolves.toBeDefined();
  });

  it('forgets what does not outlive a boot', async () => {
    await stopEngine({ podexHome });
    const paths = enginePaths(podexHome);
    await writeFile(paths.bootIdFile, 'another boot');
    await writeFile(path.join(paths.execRoot, 'left-over'), '');
    await startOwnEngine({ podexHome });
    await expect(stat(path.join(paths.execRoot, 'left-over'))).rejects.toThrow(/ENOENT/);
  });

  it('leaves no rules of its networks behind when it is removed', async () => {
    const home = temporaryFolder('removed');
    const engine = await startOwnEngine({ podexHome: home });
    const bridge = `podex-w${path.basename(home).slice(-7)}`;
    const chain = 'PODEX-0a1b2c3d-FORWARD';
    const option = `com.docker.network.bridge.name=${bridge}`;
    await docker(engine.socketPath, ['network', 'create', '--opt', option, 'podex']);
    for (const program of ['iptables', 'ip6tables']) {
      await execa(program, ['--wait', '10', '-N', chain]);
      await execa(program, ['--wait', '10', '-A', chain, '-j', 'REJECT']);
      await execa(program, ['--wait', '10', '-I', 'FORWARD', '-i', bridge, '-j', chain]);
    }
    await removeEngine({ podexHome: home });
    for (const program of ['iptables', 'ip6tables']) {
      const { stdout } = await execa(program, ['-S']);
      expect(stdout).not.toContain(bridge);
      expect(stdout).not.toContain(chain);
    }
    await rm(home, { recursive: true, force: true });
  });

  it('says what its log says when it cannot start', async () => {
    const broken = temporaryFolder('broken');
    await mkdir(enginePaths(broken).directory, { recursive: true });
    await writeFile(enginePaths(broken).dataRoot, 'a file where a folder has to be');
    const failure = await startOwnEngine({ podexHome: broken }).catch((error) => error);
    expect(failure.code).toBe('engine_start_failed');
    expect(failure.message).toMatch(/it ended.*canonical path points to a file/s);
    expect(failure.commands).toEqual([`tail -n 50 ${enginePaths(broken).logFile}`]);
    await removeEngineBridge(broken);
    await rm(broken, { recursive: true, force: true });
  });

  it('ends when it is stopped, and stopping it again is fine', async () => {
    await stopEngine({ podexHome });
    await stopEngine({ podexHome });
    expect(await describeEngine(socketPath, { podexHome })).toBeUndefined();
  });
});

describe("the system's engine", () => {
  it('gets runsc beside the settings it has, and keeps them', async () => {
    const directory = temporaryFolder('system');
    const within = (name: string) => path.join(directory, name);
    const systemFiles = {
      configFile: within('daemon.json'),
      pidFile: within('docker.pid'),
      wrapperFile: within('libexec/runsc-wrap'),
    };
    const settings = {
      'data-root': within('data'),
      'exec-root': within('exec'),
      pidfile: systemFiles.pidFile,
      hosts: [`unix://${within('docker.sock')}`],
      bridge: 'none',
      iptables: false,
      labels: ['kept=yes'],
      runtimes: { other: { path: '/usr/sbin/runc' } },
    };
    await writeFile(systemFiles.configFile, JSON.stringify(settings));
    const dockerd = spawn('dockerd', ['--config-file', systemFiles.configFile], { stdio: 'ignore' });
    try {
      const options = { podexHome: within('home') };
      const engine = await waitForEngine(within('docker.sock'), { ...options, timeoutMs: 20_000 });
      if (!engine) throw new Error('the engine does not start');
      const registered = await registerRunsc({ ...options, engine, systemFiles });
      expect(registered.runtimes.runsc?.runtimeArgs).toContain('--overlay2=none');
      expect(registered.runtimes.other?.path).toBe('/usr/sbin/runc');
      expect(JSON.parse(await readFile(systemFiles.configFile, 'utf8'))).toMatchObject(settings);
      expect(JSON.parse(await readFile(`${systemFiles.configFile}.before-podex`, 'utf8'))).toEqual(settings);
      expect(await registerRunsc({ ...options, engine: registered, systemFiles })).toBe(registered);
    } finally {
      const ended = new Promise((resolve) => dockerd.once('exit', resolve));
      dockerd.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('is left alone when its settings cannot be read, with what to do by hand', async () => {
    const directory = temporaryFolder('foreign');
    const engine = {
      socketPath: '/run/foreign.sock',
      version: '28.0.0',
      apiVersion: '1.48',
      runtimes: {},
      dataRoot: '/data',
      owner: 'system' as const,
    };
    const systemFiles = {
      configFile: path.join(directory, 'daemon.json'),
      pidFile: path.join(directory, 'docker.pid'),
      wrapperFile: path.join(directory, 'runsc-wrap'),
    };
    const failure = await registerRunsc({ engine, podexHome: directory, systemFiles }).catch(
      (error) => error,
    );
    expect(failure.code).toBe('runsc_registration_failed');
    expect(failure.message).toContain('"runsc":{"path":');
    await expect(stat(systemFiles.configFile)).rejects.toThrow(/ENOENT/);
    await rm(directory, { recursive: true, force: true });
  });
});
