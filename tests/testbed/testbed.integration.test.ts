import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_WORKSPACE_IMAGE } from '../../workspace/image/build.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestServer } from './test-server.ts';
import { startTestbed, type Testbed } from './testbed.ts';

const SANDBOXED = ['run', '--rm', '--runtime=runsc', '--network=none', DEFAULT_WORKSPACE_IMAGE];

async function newDirectory(): Promise<string> {
  return temporaryFolder('testbed');
}

function at(testbed: Testbed, index: number): TestServer {
  const server = testbed.servers[index];
  if (!server) throw new Error(`the testbed has no server ${index}`);
  return server;
}

/** How a client sees that its certificate was refused: in words, or cut off while it still sends and before it reads them. */
function refusal(words: string): RegExp {
  return new RegExp(`${words}|broken pipe|connection reset`);
}

/** A container that goes on until it is removed; resolves with its name. */
async function startSleeper(server: TestServer, name: string, args: string[] = []): Promise<string> {
  await server.docker([
    'run',
    '--detach',
    '--init',
    '--runtime=runsc',
    '--name',
    name,
    ...args,
    DEFAULT_WORKSPACE_IMAGE,
    'sleep',
    '600',
  ]);
  return name;
}

async function stateOf(server: TestServer, container: string): Promise<string> {
  return server.docker(['inspect', '--format', '{{.State.Status}}', container]);
}

describe('three workspace servers', () => {
  let testbed: Testbed;
  let first: TestServer;
  let second: TestServer;
  let third: TestServer;

  beforeAll(async () => {
    testbed = await startTestbed({ servers: 3, directory: await newDirectory() });
    [first, second, third] = [at(testbed, 0), at(testbed, 1), at(testbed, 2)];
  });

  afterAll(async () => {
    await testbed?.stop();
  });

  it('answer over mutual TLS, each as itself', async () => {
    const names = await Promise.all(
      testbed.servers.map((server) =>
        server.docker(['info', '--format', '{{.Name}} {{.LiveRestoreEnabled}}']),
      ),
    );
    expect(names).toEqual(['ws-1 true', 'ws-2 true', 'ws-3 true']);
  });

  it('run the workspace image under gVisor', async () => {
    const outputs = await Promise.all(
      testbed.servers.map((server) => server.docker([...SANDBOXED, 'sh', '-c', 'dmesg; id -un dev'])),
    );
    for (const output of outputs) {
      expect(output).toContain('gVisor');
      expect(output).toMatch(/^dev$/m);
    }
  });

  it('keep changes to the root file system over a stop and a start', async () => {
    const name = await startSleeper(first, 'changed');
    await first.docker(['exec', name, 'sh', '-c', 'echo kept >/opt/mark']);
    await first.docker(['restart', '--time', '0', name]);
    expect(await first.docker(['exec', name, 'cat', '/opt/mark'])).toBe('kept');
    await first.docker(['rm', '--force', name]);
  });

  it('have storage of their own at the same path', async () => {
    await writeFile(path.join(first.storageDirectory, 'here'), 'first');
    expect(await first.enter(['cat', `${first.storagePath}/here`])).toBe('first');
    expect(await second.enter(['ls', second.storagePath])).toBe('');
  });

  it('refuse a client without a certificate', async () => {
    await expect(first.docker(['version'], { tls: first.refused.noCertificate })).rejects.toThrow(
      refusal('certificate required|bad certificate'),
    );
  });

  it("refuse another authority's client", async () => {
    await expect(first.docker(['version'], { tls: first.refused.foreignAuthority })).rejects.toThrow(
      refusal('bad certificate|unknown certificate authority'),
    );
  });

  it('refuse a certificate that is for servers only', async () => {
    await expect(first.docker(['version'], { tls: first.refused.serverOnly })).rejects.toThrow(
      refusal('bad certificate'),
    );
  });

  it('refuse an expired certificate', async () => {
    await expect(first.docker(['version'], { tls: first.refused.expired })).rejects.toThrow(
      refusal('bad certificate|expired certificate'),
    );
  });

  it("refuse another server's client", async () => {
    const crossed = { ...second.tls, ca: first.tls.ca };
    await expect(first.docker(['version'], { tls: crossed })).rejects.toThrow(
      refusal('bad certificate|unknown certificate authority'),
    );
  });

  it('vanish when their link is cut and are back when it heals', async () => {
    await first.cut();
    await expect(first.docker(['version'], { timeoutMs: 1500 })).rejects.toThrow(/timed out/);
    await first.heal();
    expect(await first.docker(['version', '--format', '{{.Server.Os}}'], { timeoutMs: 10_000 })).toBe(
      'linux',
    );
  });

  it('keep containers alive when the engine is killed', async () => {
    const name = await startSleeper(second, 'survivor');
    const before = await second.docker(['inspect', '--format', '{{.State.Pid}} {{.State.StartedAt}}', name]);
    await second.kill();
    await expect(second.docker(['version'])).rejects.toThrow(/connect|refused/i);
    await second.start();
    expect(await second.docker(['inspect', '--format', '{{.State.Pid}} {{.State.StartedAt}}', name])).toBe(
      before,
    );
    expect(await second.docker(['exec', name, 'echo', 'alive'])).toBe('alive');
  });

  it('lose what runs and keep what is stored when the power fails', async () => {
    const name = await startSleeper(third, 'victim');
    await third.docker(['exec', name, 'sh', '-c', 'echo stored >/opt/mark && sync']);
    await third.crash();
    await expect(third.docker(['version'], { timeoutMs: 1500 })).rejects.toThrow(/timed out|no route/i);
    await third.boot();
    expect(await stateOf(third, name)).toBe('exited');
    await third.docker(['start', name]);
    expect(await third.docker(['exec', name, 'cat', '/opt/mark'])).toBe('stored');
  });
});

describe('unfit workspace servers', () => {
  let testbed: Testbed;

  beforeAll(async () => {
    testbed = await startTestbed({
      servers: [
        { certificate: 'wrong-name' },
        { certificate: 'expired' },
        { runtimes: 'runc-only' },
        { runtimes: 'runsc-is-runc' },
      ],
      directory: await newDirectory(),
      liveRestore: false,
    });
  });

  afterAll(async () => {
    await testbed?.stop();
  });

  it("are refused by clients for a certificate in another host's name", async () => {
    await expect(at(testbed, 0).docker(['version'])).rejects.toThrow(/not 10\.66|valid for/);
  });

  it('are refused by clients for an expired certificate', async () => {
    await expect(at(testbed, 1).docker(['version'])).rejects.toThrow(/expired/);
  });

  it('may not know runsc', async () => {
    await expect(at(testbed, 2).docker([...SANDBOXED, 'true'])).rejects.toThrow(/[Uu]nknown runtime/);
  });

  it('may say runsc and run something else', async () => {
    const kernel = await at(testbed, 3).docker([...SANDBOXED, 'sh', '-c', 'dmesg 2>&1; cat /proc/version']);
    expect(kernel).not.toContain('gVisor');
  });

  it('lose their containers with the engine when live-restore is off', async () => {
    const server = at(testbed, 3);
    const name = await startSleeper(server, 'doomed');
    await server.stop();
    await server.start();
    expect(await stateOf(server, name)).toBe('exited');
  });
});

describe('stopping a testbed', () => {
  it('removes everything, twice without harm', async () => {
    const before = await traces();
    const directory = await newDirectory();
    const testbed = await startTestbed({ servers: 1, directory, workspaceImage: false });
    expect(await traces()).not.toEqual(before);
    await testbed.stop();
    await testbed.stop();
    expect(await traces()).toEqual(before);
    await expect(readdir(directory)).rejects.toThrow(/ENOENT/);
  });
});

describe('a testbed whose tests were killed', () => {
  it('is cleared up by the next one', async () => {
    const before = await traces();
    const directory = await newDirectory();
    const script = `const { startTestbed } = await import(${JSON.stringify(new URL('testbed.ts', import.meta.url).href)});
      await startTestbed({ servers: 1, directory: ${JSON.stringify(directory)}, workspaceImage: false });
      process.kill(process.pid, 'SIGKILL');`;
    const killed = await execa(process.execPath, ['--input-type=module', '--eval', script], {
      reject: false,
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(await traces()).not.toEqual(before);
    await using next = await startTestbed({
      servers: 1,
      directory: await newDirectory(),
      workspaceImage: false,
    });
    await expect(readdir(directory)).rejects.toThrow(/ENOENT/);
    await next.stop();
    expect(await traces()).toEqual(before);
  });
});

/** What testbeds leave on a machine: namespaces, links, and mounts of theirs. */
async function traces(): Promise<string[]> {
  const namespaces = await readdir('/run/netns').catch(() => []);
  const links = await readdir('/sys/class/net');
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .filter((line) => line.includes('podex-testbed'));
  return [...namespaces, ...links, ...mounts]
    .filter((name) => name.includes('pdxtb') || name.includes('podex-testbed'))
    .sort();
}
