import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { OnImageProgress } from '../../workspace/image/build-progress.ts';
import { copySeed, ensureImageSeed } from './image-seed.ts';
import { createTestbedNetwork, removeTestbedNetwork, testbedNetwork } from './network.ts';
import { removeDirectory } from './remove-directory.ts';
import type { TestServerOptions } from './server-options.ts';
import { type CreateServerOptions, TestServer } from './test-server.ts';
import { claimSlot } from './testbed-slot.ts';

export interface StartTestbedOptions {
  /** How many good servers, or what each of them is like. Default 3; at most 9. */
  servers?: number | TestServerOptions[];
  /** An empty or new folder for the servers' files, short enough for sockets. Removed by `stop`. Not below /mnt/data. */
  directory: string;
  /** Whether containers survive their engine. Default true. */
  liveRestore?: boolean;
  /** Whether every engine has the workspace image from the start. Default true. */
  workspaceImage?: boolean;
  /** Default PODEX_CACHE, else /var/cache/podex. Best on the file system of `directory`. */
  cacheDirectory?: string;
  onProgress?: OnImageProgress;
  signal?: AbortSignal;
}

/** Workspace servers on one machine, for tests: separate hosts with real engines, reached over mutual TLS. */
export interface Testbed extends AsyncDisposable {
  servers: TestServer[];
  /** The address of the tests in the servers' network. */
  address: string;
  /** Ends all hosts and removes everything. A second call does nothing. */
  stop(): Promise<void>;
}

const SERVERS_MAX = 9;

/**
 * Starts workspace servers. Needs root, and what `install-engine.sh --with-testbed-tools` installs; several
 * testbeds can run at a time. One that an earlier, killed run left behind is cleared up by the next.
 *
 * @throws when a host or an engine does not come up; nothing is left behind then.
 */
export async function startTestbed(options: StartTestbedOptions): Promise<Testbed> {
  const wanted = serverList(options.servers ?? 3);
  if (process.getuid?.() !== 0) throw new Error('a testbed makes network namespaces and needs root');
  if (path.resolve(options.directory).startsWith('/mnt/data'))
    throw new Error('directory must not be below /mnt/data');
  const slot = await claimSlot(path.resolve(options.directory));
  const network = testbedNetwork(slot.slot);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= removeTestbedNetwork(network)
      .then(() => removeDirectory(options.directory))
      .then(() => slot[Symbol.asyncDispose]());
    return stopped;
  };
  try {
    await mkdir(options.directory, { recursive: true });
    // The places that hosts mount over must exist.
    await mkdir('/mnt/data', { recursive: true });
    await mkdir('/run/containerd', { recursive: true });
    await createTestbedNetwork(network);
    const common = {
      testbed: network,
      directory: options.directory,
      liveRestore: options.liveRestore ?? true,
    };
    const seed = (options.workspaceImage ?? true) ? await prepareSeed(options, common) : undefined;
    const seedData = async (data: string) => (seed ? copySeed(seed, data) : undefined);
    const servers = await createServers(wanted, { ...common, seedData });
    return { servers, address: network.gateway, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type CommonServerOptions = Pick<CreateServerOptions, 'testbed' | 'directory' | 'liveRestore' | 'seedData'>;

/** Waits for all, also when one fails: none may still be starting while the testbed is removed. */
async function createServers(
  wanted: TestServerOptions[],
  common: CommonServerOptions,
): Promise<TestServer[]> {
  const outcomes = await Promise.allSettled(
    wanted.map((server, position) => TestServer.create({ ...common, ...server, index: position + 1 })),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** The seed is made by a server of this testbed, so that it needs nothing else and leaves nothing behind. */
async function prepareSeed(
  { cacheDirectory = defaultCacheDirectory(), onProgress, signal }: StartTestbedOptions,
  common: Omit<CommonServerOptions, 'seedData'>,
): Promise<string> {
  return ensureImageSeed({
    cacheDirectory,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
    withEmptyEngine: async (use) => {
      const server = await TestServer.create({
        ...common,
        index: SERVERS_MAX + 1,
        seedData: async () => undefined,
      });
      try {
        await use({ socketPath: server.socketPath });
        await server.stop();
      } finally {
        await server.crash();
      }
      return { dataDirectory: server.dataDirectory };
    },
  });
}

function serverList(servers: number | TestServerOptions[]): TestServerOptions[] {
  const list = typeof servers === 'number' ? Array.from({ length: servers }, () => ({})) : servers;
  if (list.length < 1 || list.length > SERVERS_MAX)
    throw new Error(`a testbed has 1 to ${SERVERS_MAX} servers`);
  return list;
}

function defaultCacheDirectory(): string {
  return process.env.PODEX_CACHE || '/var/cache/podex';
}
