'use client';

import type { GitStatus } from '@podex/contracts/git';
import { ArrowDown, ArrowUp, MoreHorizontal, RefreshCw } from 'lucide-react';
import { Button } from '#components/button.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuItem } from '#components/menu.tsx';
import type { GitAction } from '../api/git-actions.ts';
import { aheadAndBehind } from '../model/changes.ts';

interface SyncButtonsProps {
  status: GitStatus;
  /** What goes on, if anything. */
  doing: GitAction['do'] | undefined;
  onAct: (action: GitAction) => void;
}

/** What is to be pushed and pulled. A branch without an upstream is published by its first push. */
export function SyncButtons({ status, doing, onAct }: SyncButtonsProps) {
  const { branch, upstream, ahead, behind } = status;
  if (branch === null) return null;
  if (upstream === null) {
    return (
      <Button
        size="sm"
        className="mx-2 mb-1"
        isBusy={doing === 'push'}
        onClick={() => onAct({ do: 'push', set_upstream: true })}
      >
        Publish branch
      </Button>
    );
  }
  return (
    <div className="flex items-center gap-1 px-2 pb-1">
      <Button
        size="sm"
        className="flex-1"
        isBusy={doing === 'pull'}
        disabled={doing !== undefined}
        onClick={() => onAct({ do: 'pull' })}
      >
        <ArrowDown aria-hidden className="size-3.5" />
        Pull{(behind ?? 0) > 0 && ` ${behind}`}
      </Button>
      <Button
        size="sm"
        className="flex-1"
        isBusy={doing === 'push'}
        disabled={doing !== undefined}
        onClick={() => onAct({ do: 'push' })}
      >
        <ArrowUp aria-hidden className="size-3.5" />
        Push{(ahead ?? 0) > 0 && ` ${ahead}`}
      </Button>
      <IconButton
        size="sm"
        label="Fetch"
        disabled={doing !== undefined}
        onClick={() => onAct({ do: 'fetch' })}
      >
        <RefreshCw aria-hidden className={doing === 'fetch' ? 'animate-spin' : undefined} />
      </IconButton>
      <span className="sr-only" role="status">
        {aheadAndBehind(status)}
      </span>
    </div>
  );
}

interface MoreMenuProps {
  status: GitStatus;
  onAct: (action: GitAction) => void;
  onRefresh: () => void;
}

export function MoreMenu({ status, onAct, onRefresh }: MoreMenuProps) {
  return (
    <Menu
      align="end"
      trigger={
        <IconButton size="sm" label="More">
          <MoreHorizontal aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onSelect={onRefresh}>Refresh</MenuItem>
      <MenuItem
        onSelect={() => onAct({ do: 'stash', what: 'push' })}
        isDisabled={status.entries.length === 0}
      >
        Stash all changes
      </MenuItem>
      <MenuItem onSelect={() => onAct({ do: 'stash', what: 'pop' })} isDisabled={status.stashes === 0}>
        Bring back the latest stash
      </MenuItem>
    </Menu>
  );
}
