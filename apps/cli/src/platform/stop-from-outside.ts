import { CliError } from '../cli-error.ts';
import { PostgresCluster } from '../postgres/postgres-cluster.ts';
import { tryLock } from '../state/instance-lock.ts';
import type { PodexHome } from '../state/podex-home.ts';
import { stopProcess } from '../state/process-identity.ts';
import { findSupervisor, removeSupervisorRecord } from '../state/run-records.ts';
import { stopStaleProcesses } from '../supervisor/stale-processes.ts';

/** Longer than a supervisor takes for all its services one after the other. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * Stops the Podex of a home: asks its supervisor, and clears up after one that was killed.
 *
 * @throws CliError when another command is at work on the same home.
 */
export async function stopPlatformFromOutside(
  home: PodexHome,
): Promise<'stopped' | 'cleared up' | 'not running'> {
  const supervisor = await findSupervisor(home);
  const wasKilled = supervisor ? await stopProcess(supervisor, { graceMs: STOP_TIMEOUT_MS }) : false;
  if (supervisor && !wasKilled) return 'stopped';
  await using lock = await tryLock(`home:${home.directory}`);
  if (!lock) {
    throw new CliError('another podex command is at work on this home', {
      cure: 'wait a moment and try again',
    });
  }
  const left = await stopStaleProcesses(home);
  const hadDatabase = await PostgresCluster.isRunningIn(home);
  if (hadDatabase) await (await PostgresCluster.open(home)).stop();
  await removeSupervisorRecord(home);
  return supervisor || left.length > 0 || hadDatabase ? 'cleared up' : 'not running';
}
