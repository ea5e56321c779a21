'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { MenuLabel, MenuSeparator } from '#components/menu.tsx';
import { Notice } from '#components/notice.tsx';
import { diskUseQuery } from '../api/disk-use.ts';
import { type DiskNotice, diskLine } from '../model/disk-words.ts';
import { isUsable } from '../model/workspace-status.ts';

/** At the end of a menu that is open: nobody asks before, and no item moves when the response comes. */
export function DiskLabel({ workspace }: { workspace: Workspace }) {
  const { data: use } = useQuery(diskUseQuery(workspace.id, isUsable(workspace)));
  if (use === undefined || !isUsable(workspace)) return null;
  return (
    <>
      <MenuSeparator />
      <MenuLabel>{diskLine(use, workspace.size)}</MenuLabel>
    </>
  );
}

export function DiskFull({ notice }: { notice: DiskNotice }) {
  return (
    <Notice tone={notice.tone} title={notice.title} isAlert>
      {notice.text}
    </Notice>
  );
}
