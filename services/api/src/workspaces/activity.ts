import type { WorkspaceId } from '@podex/contracts/ids';
import type { Background } from '@podex/service-kit/background';

const FLUSH_EVERY_MS = 10_000;

/** Collects which workspaces are in use, so that a key press costs no SQL. What a crash loses is ten seconds of activity. */
export interface ActivityLog {
  note(id: WorkspaceId): void;
  flush(): Promise<void>;
}

export function createActivityLog(
  background: Background,
  touch: (ids: readonly WorkspaceId[]) => Promise<void>,
): ActivityLog {
  const noted = new Set<WorkspaceId>();
  async function flush(): Promise<void> {
    if (noted.size === 0) return;
    const ids = [...noted];
    noted.clear();
    await touch(ids);
  }
  background.every('workspace-activity', FLUSH_EVERY_MS, flush);
  return { note: (id) => void noted.add(id), flush };
}
