'use client';

import type { WorkspacePort } from '@podex/contracts/previews';
import { useQuery } from '@tanstack/react-query';
import { Globe } from 'lucide-react';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Notice } from '#components/notice.tsx';
import { portsQuery } from '../api/ports-query.ts';
import type { OpenPreview } from '../model/preview-frame.ts';
import { PortRow } from './port-row.tsx';

interface PortsPanelProps {
  workspaceId: string;
  /** Who may only look sees who can open a preview, and changes nothing. */
  canChange: boolean;
  canMakePublic: boolean;
  onOpenBeside: (preview: OpenPreview) => void;
}

/** What listens in the workspace, and who can open it. */
export function PortsPanel({ workspaceId, canChange, canMakePublic, onOpenBeside }: PortsPanelProps) {
  const ports = useQuery(portsQuery(workspaceId));
  const items = ports.data?.items;
  return (
    <section aria-label="Ports" className="flex h-full flex-col overflow-y-auto">
      <h2 className="shrink-0 px-3 pt-2 pb-1 font-medium text-2xs text-ink-3">Ports</h2>
      {items?.some((one) => one.url === null) && <NotSetUp />}
      {items?.some((one) => one.is_origin_shared) && <SharedOrigin />}
      <LoadedRows<WorkspacePort>
        query={{ ...ports, data: items }}
        what="the ports"
        label="Ports"
        height="h-10"
        empty={
          <EmptyState icon={<Globe />} title="No open ports">
            When a program in the workspace listens on a port, its preview is here.
          </EmptyState>
        }
      >
        {(port) => (
          <PortRow
            key={port.port}
            workspaceId={workspaceId}
            port={port}
            canChange={canChange}
            canMakePublic={canMakePublic}
            onOpenBeside={onOpenBeside}
          />
        )}
      </LoadedRows>
    </section>
  );
}

function NotSetUp() {
  return (
    <div className="px-3 pb-2">
      <Notice tone="warning" title="Previews are not set up">
        An admin sets PREVIEW_DOMAIN, or PREVIEW_PORT, of the api service.
      </Notice>
    </div>
  );
}

function SharedOrigin() {
  return (
    <div className="px-3 pb-2">
      <Notice tone="warning" title="Previews share one address here">
        One can use another that you opened. Open only those of people you trust.
      </Notice>
    </div>
  );
}
