import { readFile, rm } from 'node:fs/promises';
import { execa } from 'execa';
import { z } from 'zod';
import {
  type EngineEndpoint,
  requestEngineDone,
  requestEngineJson,
} from '../../../../workspace/image/engine-api.ts';
import { removeBridgeRules, removeEngineBridge } from './engine-bridge.ts';
import { enginePaths } from './engine-paths.ts';
import { type StartEngineOptions, startOwnEngine, stopEngine } from './start-engine.ts';
import { systemEnvironment } from './system-environment.ts';

const ENGINE_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 30_000;

/**
 * Removes an engine of Podex's own with everything in it: containers, images, networks, its folder.
 * For tests and for leaving a machine for good; workspaces whose files are in it are lost.
 */
export async function removeEngine(options: StartEngineOptions): Promise<void> {
  const { directory, socketPath } = enginePaths(options.podexHome);
  // Only a running engine can end containers that have survived one.
  await startOwnEngine(options);
  await removeContainers({ socketPath });
  await removeNetworks({ socketPath });
  await stopEngine(options);
  await unmountBelow(directory);
  await removeEngineBridge(options.podexHome);
  await rm(directory, { recursive: true, force: true });
}

async function removeContainers(endpoint: EngineEndpoint): Promise<void> {
  const call = { timeoutMs: ENGINE_TIMEOUT_MS };
  const containers = await requestEngineJson(
    endpoint,
    { method: 'GET', path: '/containers/json?all=true', ...call },
    z.array(z.object({ Id: z.string() })),
  );
  for (const { Id } of containers) {
    await requestEngineDone(endpoint, { method: 'DELETE', path: `/containers/${Id}?force=true`, ...call });
  }
}

/** Compute puts rules around the bridges of its networks, which outlive them. */
async function removeNetworks(endpoint: EngineEndpoint): Promise<void> {
  const call = { timeoutMs: ENGINE_TIMEOUT_MS };
  const networks = await requestEngineJson(
    endpoint,
    { method: 'GET', path: '/networks', ...call },
    z.array(z.object({ Options: z.record(z.string(), z.string()).nullable() })),
  );
  await requestEngineDone(endpoint, { method: 'POST', path: '/networks/prune', ...call });
  for (const { Options } of networks) {
    const bridge = Options?.['com.docker.network.bridge.name'];
    if (bridge !== undefined) await removeBridgeRules(bridge);
  }
}

/** An engine with live-restore leaves its data folder mounted on itself when it ends. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  const below = mounts.filter((mountPoint) => mountPoint.startsWith(`${directory}/`)).reverse();
  for (const mountPoint of below) {
    await execa('umount', ['--lazy', mountPoint], { timeout: COMMAND_TIMEOUT_MS, env: systemEnvironment() });
  }
}
