import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '@podex/service-kit/logger';
import type { RunningService } from '@podex/service-kit/run-service';
import { removeFolder } from '../../../tests/remove-folder.ts';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { type StartOptions, startCompute } from '../src/app/app.ts';
import { loadConfig } from '../src/config.ts';
import { ApiDouble } from './api-double.ts';
import { ComputeClient, INTERNAL_KEY, METRICS_TOKEN } from './compute-client.ts';

/** Built once, and kept for the next run. Computes that run beside each other number themselves by this path. */
export const RUNTIME_DIRECTORY = path.join(tmpdir(), 'podex-test-runtime');

export interface ComputeFixture {
  api: ApiDouble;
  client: ComputeClient;
  storage: string;
  environment: Record<string, string>;
  /** Stops compute and starts it again, as a deploy does. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Variables of a compute that works for an api double. */
export function computeEnvironment(api: ApiDouble, storage: string): Record<string, string> {
  return {
    COMPUTE_ENVIRONMENT: 'development',
    COMPUTE_API_BASE_URL: api.baseUrl,
    COMPUTE_INTERNAL_SERVICE_TOKEN: api.token,
    COMPUTE_INTERNAL_API_KEY: INTERNAL_KEY,
    METRICS_TOKEN,
    COMPUTE_WORKSPACE_STORAGE: storage,
    COMPUTE_RUNTIME_DIRECTORY: RUNTIME_DIRECTORY,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'fatal',
  };
}

/** Compute in this process, with real engines and an api double. */
export async function startComputeFixture(
  variables: Record<string, string> = {},
  storage: string = temporaryFolder('storage'),
  options: StartOptions = {},
): Promise<ComputeFixture> {
  const api = await ApiDouble.start();
  const environment = { ...computeEnvironment(api, storage), PORT: '0', ...variables };
  const config = loadConfig(environment);
  const start = () =>
    startCompute(config, createLogger({ service: 'compute', level: config.logLevel }), options);
  let service: RunningService = await start();
  const fixture: ComputeFixture = {
    api,
    client: new ComputeClient(service.port),
    storage,
    environment,
    async restart() {
      await service.stop();
      service = await start();
      fixture.client = new ComputeClient(service.port);
    },
    async stop() {
      await service.stop();
      await api.stop();
      removeFolder(storage);
    },
  };
  return fixture;
}
