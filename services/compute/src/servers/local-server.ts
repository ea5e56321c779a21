import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '@podex/contracts/ids';
import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { ApiClient } from '../api/api-client.ts';
import type { OpenEngine } from './server-connection.ts';

const LOCAL_NAME = 'local';
const BYTES_PER_GB = 1_073_741_824;

export interface LocalServerOptions {
  socket: string;
  storage: string;
  api: ApiClient;
  openEngine: OpenEngine;
}

/** Registers the engine beside compute when it is not among the registered servers, with the sizes of this machine. */
export function localServerRegistration(options: LocalServerOptions) {
  return async (registered: readonly ServerRecord[]): Promise<'registered' | 'known'> => {
    if (registered.some(({ docker_socket }) => docker_socket === options.socket)) return 'known';
    const address = { kind: 'socket' as const, path: options.socket };
    const engine = await options.openEngine({ serverId: newId('server'), serverName: LOCAL_NAME, address });
    try {
      const info = await engine.readInfo();
      await options.api.registerLocalServer({
        name: LOCAL_NAME,
        docker_socket: options.socket,
        total_cpu: info.cpus,
        total_memory_mb: info.memoryMb,
        total_disk_gb: await diskSizeGb(options.storage),
      });
      return 'registered';
    } finally {
      engine.close();
    }
  };
}

/** Of the file system that holds the folder, or will hold it. */
async function diskSizeGb(folder: string): Promise<number> {
  try {
    const { blocks, bsize } = await statfs(folder);
    return Math.floor((blocks * bsize) / BYTES_PER_GB);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing || folder === '/') throw error;
    return diskSizeGb(path.dirname(folder));
  }
}
