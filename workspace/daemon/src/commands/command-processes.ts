import type { CommandId } from '@podex/contracts/ids';
import { listProcesses, type ProcessStatus, readProcessFile } from '../spawning/process-table.ts';

/** In the environment of all that a command starts, wherever it goes: children inherit it, also when their parent has ended. */
const MARK = 'PODEX_COMMAND_ID';

export function markOf(id: CommandId): Record<string, string> {
  return { [MARK]: id };
}

export interface OwnProcesses {
  id: CommandId;
  /** Leader of its session and group, while that is its own. */
  leader: number | undefined;
  /** Found earlier; each is named by `nameOf`. */
  known: ReadonlySet<string>;
}

export interface FoundProcess extends ProcessStatus {
  isMarked: boolean;
}

/** A process, not to be confused with a later one of the same pid. */
export function nameOf({ pid, startedAt }: FoundProcess): string {
  return `${pid}/${startedAt}`;
}

/**
 * The processes of a command, those included that left its session (`setsid`): they have its mark, are known from before, or descend
 * from one of these. What people started in a terminal is none of them.
 */
export async function findProcesses({ id, leader, known }: OwnProcesses): Promise<FoundProcess[]> {
  const all = await listOthers(`${MARK}=${id}`);
  const isOwn = (found: FoundProcess) =>
    found.isMarked || known.has(nameOf(found)) || (leader !== undefined && found.session === leader);
  const own = new Map(all.filter(isOwn).map((found) => [found.pid, found]));
  for (let before = -1; before !== own.size; ) {
    before = own.size;
    for (const found of all) if (own.has(found.parent)) own.set(found.pid, found);
  }
  return [...own.values()];
}

/** All but this one and the first. */
async function listOthers(mark: string): Promise<FoundProcess[]> {
  const others = (await listProcesses()).filter(({ pid }) => pid > 1 && pid !== process.pid);
  return Promise.all(
    others.map(async (status) => {
      const environment = await readProcessFile(status.pid, 'environ');
      return { ...status, isMarked: environment?.split('\0').includes(mark) ?? false };
    }),
  );
}
