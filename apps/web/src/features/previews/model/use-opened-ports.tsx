import type { WorkspacePort } from '@podex/contracts/previews';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { toast } from '#components/toaster.tsx';
import { portsQuery } from '../api/ports-query.ts';
import { openedPorts, takenOverPorts } from './opened-ports.ts';

const SHOWN_MS = 10_000;

/** Says when a port opens, and offers its preview. @returns how many listen. */
export function useOpenedPorts(workspaceId: string, { isRunning }: { isRunning: boolean }): number {
  const { data } = useQuery({ ...portsQuery(workspaceId), enabled: isRunning });
  const items = isRunning ? data?.items : undefined;
  const before = useRef<readonly WorkspacePort[]>(undefined);
  useEffect(() => {
    if (items === undefined) return;
    for (const one of openedPorts(before.current, items)) announce(one, 'is open');
    for (const one of takenOverPorts(before.current, items)) announce(one, 'has another program');
    before.current = items;
  }, [items]);
  return items?.filter((one) => one.is_listening).length ?? 0;
}

/** Access stays with the number of a port, whatever listens there next: the person hears of it each time. */
const WARNINGS = {
  private: undefined,
  link: 'Anyone with its link can open it',
  public: 'It is public',
} as const;

function announce({ port, process, access, url }: WorkspacePort, news: string): void {
  toast(`Port ${port} ${news}`, {
    id: `port-${port}`,
    duration: SHOWN_MS,
    description: (
      <span className="flex flex-wrap gap-x-2">
        {process !== null && <span>{process}</span>}
        {WARNINGS[access] !== undefined && <span className="text-warning">{WARNINGS[access]}</span>}
        {url !== null && (
          <a
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            className="text-accent-text hover:underline"
          >
            Open preview
          </a>
        )}
      </span>
    ),
  });
}
