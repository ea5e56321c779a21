import { startHttpServer } from '@podex/service-kit/http-server';
import { createLogger } from '@podex/service-kit/logger';
import { runService } from '@podex/service-kit/run-service';
import { buildApi } from './app/app.ts';
import { loadConfig } from './config.ts';
import { connectionLimits } from './connections/connection-limits.ts';

/** Requests may finish for so long. Waits and event streams end at once; forwarded streams are cut after it, and resume. */
const STOP_GRACE_MS = 5_000;

await runService(async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'api', level: config.logLevel });
  if (config.unusedVariables.length > 0) {
    logger.warn({ variables: config.unusedVariables }, 'config.not_used_by_this_version');
  }
  const api = await buildApi(config, { logger });
  const limits = connectionLimits(config.trustedProxies);
  const { host } = config;
  const server = await startHttpServer({
    fetch: api.fetch,
    onUpgrade: api.onUpgrade,
    bodyDeadlineMs: api.bodyDeadlineMs,
    limits,
    port: config.port,
    host,
  });
  const previewServer = api.previewServer && (await startHttpServer({ ...api.previewServer, limits, host }));
  return {
    logger,
    port: server.port,
    async stop() {
      api.startStopping();
      await Promise.all([server.close(STOP_GRACE_MS), previewServer?.close(STOP_GRACE_MS)]);
      await api.stop();
    },
  };
});
