import { mkdir, rm } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { describeEngine, detectEngine } from './detect-engine.ts';
import { EngineError } from './engine-error.ts';
import { enginePaths } from './engine-paths.ts';

const servers: http.Server[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A server that speaks as much of the Docker Engine API as detection asks for; `silent` never answers. */
async function listen(socketPath: string, behaviour: 'engine' | 'silent' = 'engine'): Promise<void> {
  await mkdir(path.dirname(socketPath), { recursive: true });
  const answers: Record<string, object> = {
    '/version': { Version: '20.10.24', ApiVersion: '1.41', Os: 'linux' },
    '/info': {
      DockerRootDir: '/data',
      Runtimes: {
        runc: { path: 'runc' },
        runsc: { path: '/usr/bin/runsc', runtimeArgs: ['--overlay2=none'] },
      },
    },
  };
  const server = http.createServer((request, response) => {
    if (behaviour === 'engine') response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
}

async function newHome(): Promise<string> {
  const directory = temporaryFolder('home');
  directories.push(directory);
  return directory;
}

describe('detecting an engine', () => {
  it("finds the home's own engine and what it has registered", async () => {
    const podexHome = await newHome();
    const { socketPath } = enginePaths(podexHome);
    await listen(socketPath);
    expect(await detectEngine({ podexHome })).toEqual({
      socketPath,
      version: '20.10.24',
      apiVersion: '1.41',
      dataRoot: '/data',
      owner: 'podex',
      runtimes: {
        runc: { path: 'runc', runtimeArgs: [] },
        runsc: { path: '/usr/bin/runsc', runtimeArgs: ['--overlay2=none'] },
      },
    });
  });

  it('takes the engine that DOCKER_HOST names before any other', async () => {
    const podexHome = await newHome();
    const named = path.join(await newHome(), 'named.sock');
    await listen(enginePaths(podexHome).socketPath);
    await listen(named);
    const engine = await detectEngine({ podexHome, dockerHost: `unix://${named}` });
    expect(engine).toMatchObject({ socketPath: named, owner: 'system' });
  });

  it('does not fall back to another engine when the named one doesn’t respond', async () => {
    const podexHome = await newHome();
    await listen(enginePaths(podexHome).socketPath);
    const failure = await detectEngine({ podexHome, dockerHost: 'unix:///nowhere/docker.sock' }).catch(
      (error) => error,
    );
    expect(failure).toBeInstanceOf(EngineError);
    expect(failure.code).toBe('engine_unreachable');
  });

  it('refuses a DOCKER_HOST that is not a socket of this machine', async () => {
    const failure = await detectEngine({ podexHome: '/x', dockerHost: 'tcp://10.0.0.1:2375' }).catch(
      (error) => error,
    );
    expect(failure.code).toBe('engine_host_unsupported');
    expect(failure.commands).toEqual(['unset DOCKER_HOST']);
  });

  it('gives up on a socket that takes the connection and says nothing', async () => {
    const podexHome = await newHome();
    const { socketPath } = enginePaths(podexHome);
    await listen(socketPath, 'silent');
    expect(await describeEngine(socketPath, { podexHome, timeoutMs: 100 })).toBeUndefined();
  });

  it('stops waiting when it is told to', async () => {
    const podexHome = await newHome();
    const { socketPath } = enginePaths(podexHome);
    await listen(socketPath, 'silent');
    const signal = AbortSignal.timeout(50);
    await expect(describeEngine(socketPath, { podexHome, signal })).rejects.toThrow(/aborted/);
  });
});
