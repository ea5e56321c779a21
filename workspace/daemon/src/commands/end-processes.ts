import type { CommandId } from '@podex/contracts/ids';
import { signalGroup } from '../spawning/process-group.ts';
import { signalProcess } from '../spawning/process-table.ts';
import { findProcesses, nameOf } from './command-processes.ts';

export interface EndProcessesOptions {
  id: CommandId;
  /** Undefined where its group may be somebody else’s by now. */
  leader: number | undefined;
  signal: NodeJS.Signals;
  /** From TERM to KILL. */
  graceMs: number;
}

/**
 * Signals a command: its group, and with TERM and KILL also what left it. TERM is followed by KILL for all that is left then. Resolves when
 * the first signal is sent.
 */
export async function endProcesses({ id, leader, signal, graceMs }: EndProcessesOptions): Promise<void> {
  const isEnding = signal === 'SIGTERM' || signal === 'SIGKILL';
  // Before the group ends: what its processes have started is found by its parents.
  const known = isEnding ? await signalStrays({ id, leader, known: new Set() }, signal) : new Set<string>();
  if (leader !== undefined) signalGroup(leader, signal);
  if (signal !== 'SIGTERM') return;
  setTimeout(() => {
    if (leader !== undefined) signalGroup(leader, 'SIGKILL');
    // Nobody waits for it; that /proc cannot be read shows everywhere.
    signalStrays({ id, leader: undefined, known }, 'SIGKILL').catch(() => undefined);
  }, graceMs);
}

type Strays = Parameters<typeof findProcesses>[0];

/** Those that are not in the group; returns who they are. */
async function signalStrays(strays: Strays, signal: NodeJS.Signals): Promise<Set<string>> {
  const found = await findProcesses(strays);
  const outside = found.filter(({ group }) => group !== strays.leader);
  for (const { pid } of outside) signalProcess(pid, signal);
  return new Set(outside.map(nameOf));
}
