'use client';

import type { RebuildPreview, Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useRebuildWorkspace } from '../api/change-workspace.ts';
import { rebuildPreviewQuery } from '../api/workspaces-query.ts';

interface RebuildDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Says what is kept and lost before the container of a workspace is made again. */
export function RebuildDialog({ workspace, isOpen, onOpenChange }: RebuildDialogProps) {
  const rebuild = useRebuildWorkspace(workspace.id);
  const preview = useQuery({ ...rebuildPreviewQuery(workspace.id), enabled: isOpen });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Rebuild “${workspace.name}”?`}
      description={
        <div className="flex flex-col gap-2">
          <p>The workspace gets a new container around its files, and starts.</p>
          {preview.isError && <p role="alert">{messageOf(preview.error)}</p>}
          {preview.data !== undefined && <Preview preview={preview.data} />}
        </div>
      }
      action="Rebuild"
      isDangerous
      request={rebuild}
      onConfirm={() => rebuild.mutate(undefined, { onSuccess: () => onOpenChange(false) })}
    />
  );
}

function Preview({ preview: { kept, lost, changes } }: { preview: RebuildPreview }) {
  return (
    <>
      <Lines title="Kept" lines={kept} />
      <Lines title="Lost" lines={lost} />
      {changes.length > 0 && (
        <Lines title="Takes effect" lines={changes.map(({ what, from, to }) => `${what}: ${from} → ${to}`)} />
      )}
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <div>
      <p className="font-medium text-ink">{title}</p>
      <ul className="list-disc pl-5">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
