'use client';

import type { WorkspacePort } from '@podex/contracts/previews';
import { Copy, EllipsisVertical, ExternalLink, PanelRight, Pencil } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuItem } from '#components/menu.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { useUpdatePort } from '../api/ports-query.ts';
import type { OpenPreview } from '../model/preview-frame.ts';
import { AccessMenu } from './access-menu.tsx';
import { copyAndTell } from './copy-and-tell.ts';

const LABEL_MAX = 60;

interface PortRowProps {
  workspaceId: string;
  port: WorkspacePort;
  canChange: boolean;
  canMakePublic: boolean;
  onOpenBeside: (preview: OpenPreview) => void;
}

export function PortRow({ workspaceId, port, canChange, canMakePublic, onOpenBeside }: PortRowProps) {
  const { port: number, process, label, url, is_listening: isListening } = port;
  return (
    <li className="px-3 py-1.5">
      <div className="flex items-center gap-1">
        <p className="flex min-w-0 flex-1 items-center gap-1.5">
          <span className="font-medium font-mono text-sm">{number}</span>
          {label !== null && <span className="min-w-0 truncate text-ink-2 text-sm">{label}</span>}
        </p>
        {url !== null && (
          <>
            <IconButton
              size="sm"
              label={`Open port ${number} beside`}
              onClick={() => onOpenBeside({ port: number, url })}
            >
              <PanelRight />
            </IconButton>
            <IconButton
              size="sm"
              label={`Open port ${number} in a new tab`}
              onClick={() => window.open(url, '_blank', 'noopener,noreferrer')}
            >
              <ExternalLink />
            </IconButton>
            <MoreMenu workspaceId={workspaceId} port={port} canChange={canChange} url={url} />
          </>
        )}
      </div>
      <p className="flex flex-wrap items-center gap-x-2 text-ink-3 text-xs">
        <span className="max-w-full truncate">
          {isListening ? (process ?? 'Listening') : 'Not listening'}
        </span>
        {url !== null && <AccessMenu {...{ workspaceId, port, canChange, canMakePublic }} />}
      </p>
    </li>
  );
}

interface MoreMenuProps extends Pick<PortRowProps, 'workspaceId' | 'port' | 'canChange'> {
  url: string;
}

function MoreMenu({ workspaceId, port: { port, label }, canChange, url }: MoreMenuProps) {
  const update = useUpdatePort(workspaceId, port);
  const [isNaming, setIsNaming] = useState(false);
  const close = () => setIsNaming(false);
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton size="sm" label={`More about port ${port}`}>
            <EllipsisVertical />
          </IconButton>
        }
      >
        <MenuItem icon={<Copy />} onSelect={() => copyAndTell(url, 'Address copied')}>
          Copy address
        </MenuItem>
        {canChange && (
          <MenuItem icon={<Pencil />} onSelect={() => setIsNaming(true)}>
            {label === null ? 'Name it' : 'Rename'}
          </MenuItem>
        )}
      </Menu>
      <PromptDialog
        isOpen={isNaming}
        onOpenChange={close}
        title={`Name port ${port}`}
        label="Name"
        initialValue={label ?? ''}
        maxLength={LABEL_MAX}
        action="Save"
        request={update}
        onSubmit={(text) => update.mutate({ label: text }, { onSuccess: close })}
      />
    </>
  );
}
