import { createLogger } from '@podex/service-kit/logger';
import { runService } from '@podex/service-kit/run-service';
import { startAgent } from './app/app.ts';
import { loadConfig } from './config.ts';

await runService(async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'agent', level: config.logLevel });
  logger.info(
    { environment: config.environment, max_concurrent_turns: config.maxConcurrentTurns },
    'agent.configured',
  );
  return startAgent(config, logger);
});
