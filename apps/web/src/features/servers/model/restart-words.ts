import type { Server } from '@podex/contracts/servers';

/** What a restart of a server’s Docker does to the workspaces that run there. */
export function restartWords({ facts }: Pick<Server, 'facts'>): string {
  switch (facts?.live_restore) {
    case true:
      return 'Workspaces continue to run.';
    case false:
      return 'Live-restore is off there, so running workspaces are interrupted and started again. To avoid that, set "live-restore": true in the server’s daemon.json and reload Docker first.';
    default:
      return 'Workspaces continue to run if Docker there has live-restore on.';
  }
}
