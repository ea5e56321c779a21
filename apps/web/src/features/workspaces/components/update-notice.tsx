'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { may } from '#lib/may.ts';
import { RebuildDialog } from './rebuild-dialog.tsx';

/** What runs inside the workspace is older than Podex: when it is updated, and how. */
export function UpdateNotice({ workspace }: { workspace: Workspace }) {
  const [isOpen, setIsOpen] = useState(false);
  const { daemon_update: update, relation } = workspace;
  if (update === null) return null;
  if (update === 'at_next_start') {
    return (
      <Notice tone="accent">
        An update of Podex's daemon is ready. It's applied the next time this workspace starts.
      </Notice>
    );
  }
  const canRebuild = may(relation, 'rebuild');
  return (
    <>
      <Notice
        tone="accent"
        title="Update available"
        actions={
          canRebuild && (
            <Button size="sm" onClick={() => setIsOpen(true)}>
              Rebuild…
            </Button>
          )
        }
      >
        {canRebuild
          ? "This workspace runs an older version of Podex's daemon. Rebuild the container to update it."
          : "This workspace runs an older version of Podex's daemon. Its owner can rebuild the container to update it."}
      </Notice>
      <RebuildDialog workspace={workspace} isOpen={isOpen} onOpenChange={setIsOpen} />
    </>
  );
}
