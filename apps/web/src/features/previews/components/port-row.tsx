'use client';

import type { PreviewAccess, WorkspacePort } from '@podex/contracts/previews';
import { Copy, EllipsisVertical, ExternalLink, Globe, Link2, Link2Off, Lock, Pencil } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '#components/menu.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { copyText } from '#lib/clipboard.ts';
import { useCreatePreviewLink, useRevokePreviewLinks, useUpdatePort } from '../api/ports-query.ts';

const LABEL_MAX = 60;

const ACCESS = {
  private: { label: 'Private', note: 'People who can see the workspace', icon: <Lock /> },
  link: { label: 'Anyone with the link', note: 'Links expire after a day', icon: <Link2 /> },
  public: { label: 'Public', note: 'Everyone, without signing in', icon: <Globe /> },
} as const;

interface PortRowProps {
  workspaceId: string;
  port: WorkspacePort;
  canChange: boolean;
  canMakePublic: boolean;
}

export function PortRow({ workspaceId, port, canChange, canMakePublic }: PortRowProps) {
  const { port: number, process, label, access, url, is_listening: isListening } = port;
  return (
    <li className="group flex items-center gap-1 px-3 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-1.5">
          <span className="font-medium font-mono text-sm">{number}</span>
          {label !== null && <span className="min-w-0 truncate text-ink-2 text-sm">{label}</span>}
          {access !== 'private' && (
            <Badge tone={access === 'public' ? 'warning' : 'accent'}>
              {access === 'public' ? 'Public' : 'Link'}
            </Badge>
          )}
        </p>
        <p className="truncate text-ink-3 text-xs">
          {isListening ? (process ?? 'Listening') : 'Not listening'}
        </p>
      </div>
      {url !== null && (
        <>
          <IconButton
            size="sm"
            label={`Open port ${number} in a new tab`}
            onClick={() => window.open(url, '_blank', 'noopener,noreferrer')}
          >
            <ExternalLink />
          </IconButton>
          <PortMenu {...{ workspaceId, port, canChange, canMakePublic }} url={url} />
        </>
      )}
    </li>
  );
}

function PortMenu({ workspaceId, port, canChange, canMakePublic, url }: PortRowProps & { url: string }) {
  const { port: number, access, label } = port;
  const update = useUpdatePort(workspaceId, number);
  const link = useCreatePreviewLink(workspaceId, number);
  const revoke = useRevokePreviewLinks(workspaceId, number);
  const [dialog, setDialog] = useState<'public' | 'label'>();
  const close = () => setDialog(undefined);
  const fail = (error: unknown) =>
    toast.error(`Can't change port ${number}`, { description: messageOf(error) });

  function choose(next: PreviewAccess) {
    if (next === 'public') setDialog('public');
    else update.mutate({ access: next }, { onError: fail });
  }

  function copyLink() {
    link.mutate(undefined, {
      onSuccess: (made) => copied(made.url, 'Link copied. It works for a day.'),
      onError: fail,
    });
  }

  function endLinks() {
    revoke.mutate(undefined, { onSuccess: () => toast.success('All links were revoked'), onError: fail });
  }

  return (
    <>
      <Menu
        align="end"
        width="min-w-60"
        trigger={
          <IconButton size="sm" label={`More about port ${number}`}>
            <EllipsisVertical />
          </IconButton>
        }
      >
        <MenuItem icon={<Copy />} onSelect={() => copied(url, 'Address copied')}>
          Copy address
        </MenuItem>
        {canChange && (
          <>
            {access === 'link' && (
              <>
                <MenuItem icon={<Link2 />} onSelect={copyLink}>
                  Copy a new link
                </MenuItem>
                <MenuItem icon={<Link2Off />} isDangerous onSelect={endLinks}>
                  Revoke all links
                </MenuItem>
              </>
            )}
            <MenuItem icon={<Pencil />} onSelect={() => setDialog('label')}>
              {label === null ? 'Name it' : 'Rename'}
            </MenuItem>
            <MenuSeparator />
            <MenuLabel>Who can open it</MenuLabel>
            <MenuChoice
              value={access}
              onChoose={choose}
              options={choices(canMakePublic || access === 'public')}
            />
          </>
        )}
      </Menu>
      <ConfirmDialog
        isOpen={dialog === 'public'}
        onOpenChange={close}
        title={`Make port ${number} public?`}
        description="Anyone on the internet who has the address can open it without signing in, whichever program listens on this port, until you change it back."
        action="Make public"
        isDangerous
        request={update}
        onConfirm={() => update.mutate({ access: 'public' }, { onSuccess: close })}
      />
      <PromptDialog
        isOpen={dialog === 'label'}
        onOpenChange={close}
        title={`Name port ${number}`}
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

function choices(withPublic: boolean) {
  const values: readonly PreviewAccess[] = withPublic ? ['private', 'link', 'public'] : ['private', 'link'];
  return values.map((value) => ({ value, ...ACCESS[value] }));
}

function copied(text: string, message: string): void {
  copyText(text).then(
    () => toast.success(message),
    () => toast.error("Can't copy", { description: text }),
  );
}
