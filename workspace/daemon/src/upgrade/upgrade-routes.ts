import { upgradeQuery } from '@podex/contracts/internal/daemon';
import type { Route } from '../http/router.ts';
import type { Logger } from '../logging/logger.ts';
import type { StagedCode } from './staged-code.ts';

/** For compute alone: newer code of the daemon, which runs from the next start on. Nothing that runs now is touched. */
export function upgradeRoutes(staged: StagedCode, logger: Logger): Route[] {
  return [
    {
      method: 'PUT',
      path: '/upgrade',
      async answer({ request, query }) {
        const announced = upgradeQuery.parse(query);
        await staged.take(announced, request);
        logger.info({ version: announced.version }, 'daemon.upgrade_taken');
        return { status: 200, body: { next_version: staged.nextVersion } };
      },
    },
  ];
}
