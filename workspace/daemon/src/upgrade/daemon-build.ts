import { DAEMON_PROTOCOL, DAEMON_RUNTIME_BASE, type DaemonBuild } from '@podex/contracts/internal/daemon';
import type { DaemonConfig } from '../config.ts';
import { forgetFailedStarts } from './upgrade-folder.ts';

/** After it listens: what ends code sooner is taken for its own doing. */
const PROVED_AFTER_MS = 10_000;

/** What compute is told of the code that runs here. */
export function readDaemonBuild(
  { version, upgradeFailed }: Pick<DaemonConfig, 'version' | 'upgradeFailed'>,
  nextVersion: string | null,
): DaemonBuild {
  const failed = upgradeFailed ?? null;
  return {
    version,
    protocol: DAEMON_PROTOCOL,
    runtime_base: DAEMON_RUNTIME_BASE,
    // It stays named there until another takes its place.
    next_version: nextVersion === failed ? null : nextVersion,
    upgrade_failed: failed,
  };
}

/** Upgraded code that stays up, or ends in order, has proved good. Call `prove` when it ends. */
export function proveInTime({ codePath, upgradesPath }: DaemonConfig): { prove: () => void } {
  if (codePath === undefined) return { prove: () => undefined };
  const prove = () => {
    clearTimeout(timer);
    forgetFailedStarts(upgradesPath);
  };
  const timer = setTimeout(prove, PROVED_AFTER_MS);
  timer.unref();
  return { prove };
}
