import { createLogger } from '@podex/service-kit/logger';
import { runService } from '@podex/service-kit/run-service';
import { startCompute } from './app/app.ts';
import { loadConfig } from './config.ts';

await runService(async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'compute', level: config.logLevel });
  logger.info(
    {
      environment: config.environment,
      runtime: config.containers.runtime,
      image: config.containers.defaultImage,
      storage: config.containers.storage,
      max_workspaces: config.maxWorkspaces,
    },
    'compute.configured',
  );
  for (const variable of config.unusedVariables) logger.warn({ variable }, 'config.not_used_by_this_version');
  return startCompute(config, logger);
});
