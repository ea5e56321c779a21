import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Background } from '@podex/service-kit/background';
import { createHealthReporter } from '@podex/service-kit/health';
import { type HttpEnv, useHttpBasics } from '@podex/service-kit/http-app';
import { startHttpServer } from '@podex/service-kit/http-server';
import { internalAuth } from '@podex/service-kit/internal-auth';
import { createInternalClient } from '@podex/service-kit/internal-client';
import type { Logger } from '@podex/service-kit/logger';
import { createMetrics } from '@podex/service-kit/metrics';
import type { RunningService } from '@podex/service-kit/run-service';
import { addServiceRoutes } from '@podex/service-kit/service-routes';
import { Hono } from 'hono';
import packageFile from '../../package.json' with { type: 'json' };
import type { AgentConfig } from '../config.ts';
import { FallbackModel } from '../models/fallback-model.ts';
import { Models } from '../models/models.ts';
import { modelsRoutes } from '../models/models-routes.ts';
import { PromptLimits } from '../turns/prompt-limits.ts';
import { runTurn } from '../turns/run-turn.ts';
import { startTurnWorker } from '../turns/turn-worker.ts';
import { TurnsApi } from '../turns/turns-api.ts';
import { keepPresent } from '../turns/worker-presence.ts';
import { WorkspaceClient } from '../workspace/workspace-client.ts';

const SERVICE = 'agent';
const CLOSE_GRACE_MS = 2000;

/** Puts the service together and starts it. */
export async function startAgent(config: AgentConfig, logger: Logger): Promise<RunningService> {
  const background = new Background(logger);
  const api = new TurnsApi(
    createInternalClient({ service: 'api', baseUrl: config.api.baseUrl, key: config.api.tokens }),
  );
  const models = new Models({ config: config.models, logger, fetchShared: () => api.providers() });
  const promptLimits = new PromptLimits();
  const fallback = new FallbackModel(config.fallbackModel);
  const health = createHealthReporter({
    service: SERVICE,
    version: packageFile.version,
    dependencies: {
      api: async (signal) => {
        await api.check(signal);
        return undefined;
      },
      compute: (signal) => checkAnswers(config.compute.baseUrl, signal),
    },
  });
  const app = new Hono<HttpEnv>();
  useHttpBasics(app, logger);
  addServiceRoutes(app, {
    health,
    metrics: createMetrics(SERVICE),
    metricsToken: config.metricsToken,
    internalKeys: config.api.tokens,
  });
  app.use('/models', internalAuth(config.api.tokens));
  app.route('/', modelsRoutes(models));
  const server = await startHttpServer({ fetch: app.fetch, port: config.port, host: config.host });
  const workerId = `${SERVICE}-${hostname().slice(0, 40)}-${randomUUID()}`;
  const gone = new AbortController();
  const presence = keepPresent(api, workerId, gone.signal);
  startTurnWorker({
    api,
    background,
    workerId,
    maxConcurrentTurns: config.maxConcurrentTurns,
    run: (turn, signals) =>
      runTurn(
        turn,
        {
          api,
          logger,
          maxSteps: config.maxSteps,
          promptLimits,
          fallback,
          chooseModel: (name, effort) => models.choose(name, effort),
          workspaceOf: (lease) =>
            new WorkspaceClient({
              baseUrl: config.compute.baseUrl,
              workspaceId: lease.turn.workspace_id,
              capability: () => lease.capability,
              onSuperseded: () => lease.interrupt('lease_lost'),
            }),
        },
        signals,
      ),
  });
  return {
    logger,
    port: server.port,
    async stop() {
      health.startStopping();
      await Promise.all([background.stop(), server.close(CLOSE_GRACE_MS)]);
      gone.abort();
      await presence;
    },
  };
}

/** Whether anything speaks HTTP there: its own health asks api, which asks agent, and would go round in circles. */
async function checkAnswers(baseUrl: string, signal: AbortSignal): Promise<undefined> {
  const response = await fetch(new URL('/', baseUrl), { signal });
  await response.body?.cancel();
}
