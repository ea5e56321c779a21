'use client';

import type { PreviewAccess, WorkspacePort } from '@podex/contracts/previews';
import { clsx } from 'clsx';
import { ChevronDown, Globe, Link2, Link2Off, Lock } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '#components/menu.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatUntil } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { useCreatePreviewLink, useRevokePreviewLinks, useUpdatePort } from '../api/ports-query.ts';
import { copyAndTell } from './copy-and-tell.ts';

const ACCESS = {
  private: { label: 'Private', note: 'People who can see the workspace', icon: <Lock /> },
  link: { label: 'Anyone with the link', note: 'Until the link expires', icon: <Link2 /> },
  public: { label: 'Public', note: 'Everyone, without signing in', icon: <Globe /> },
} as const;

const HOUR_SECONDS = 3_600;
const LIFETIMES = [
  { seconds: HOUR_SECONDS, words: 'for an hour' },
  { seconds: 24 * HOUR_SECONDS, words: 'for a day' },
  { seconds: 7 * 24 * HOUR_SECONDS, words: 'for a week' },
] as const;

const LOOK_AT_CLOCK_EVERY_MS = 30_000;

interface AccessMenuProps {
  workspaceId: string;
  port: WorkspacePort;
  canChange: boolean;
  canMakePublic: boolean;
}

/** Who can open the preview of a port; for who may, to change. */
export function AccessMenu({ workspaceId, port, canChange, canMakePublic }: AccessMenuProps) {
  const { port: number, access } = port;
  const text = useAccessText(port);
  const update = useUpdatePort(workspaceId, number);
  const [isConfirming, setIsConfirming] = useState(false);
  const close = () => setIsConfirming(false);
  const content = (
    <>
      {ACCESS[access].icon}
      <span className="truncate">{text}</span>
    </>
  );
  const look = clsx(
    'inline-flex min-w-0 items-center gap-1 text-xs [&_svg]:size-3 [&_svg]:shrink-0',
    access === 'public' ? 'text-warning' : access === 'link' ? 'text-accent-text' : 'text-ink-3',
  );
  if (!canChange) return <span className={look}>{content}</span>;

  function choose(next: PreviewAccess) {
    if (next === 'public') setIsConfirming(true);
    else update.mutate({ access: next }, { onError: (error) => cannotChange(number, error) });
  }

  return (
    <>
      <Menu
        width="min-w-60"
        trigger={
          <button
            type="button"
            aria-label={`Who can open port ${number}: ${text}`}
            className={clsx(look, '-mx-1 rounded px-1 py-0.5 hover:bg-hover data-[state=open]:bg-hover')}
          >
            {content}
            <ChevronDown aria-hidden />
          </button>
        }
      >
        <MenuLabel>Who can open it</MenuLabel>
        <MenuChoice
          value={access}
          onChoose={choose}
          options={choices(canMakePublic || access === 'public')}
        />
        {access === 'link' && <LinkItems workspaceId={workspaceId} port={number} />}
      </Menu>
      <ConfirmDialog
        isOpen={isConfirming}
        onOpenChange={close}
        title={`Make port ${number} public?`}
        description="Anyone on the internet who has the address can open it without signing in, whichever program listens on this port, until you change it back."
        action="Make public"
        isDangerous
        request={update}
        onConfirm={() => update.mutate({ access: 'public' }, { onSuccess: close })}
      />
    </>
  );
}

function LinkItems({ workspaceId, port }: { workspaceId: string; port: number }) {
  const link = useCreatePreviewLink(workspaceId, port);
  const revoke = useRevokePreviewLinks(workspaceId, port);
  const onError = (error: unknown) => cannotChange(port, error);
  return (
    <>
      <MenuSeparator />
      {LIFETIMES.map(({ seconds, words }) => (
        <MenuItem
          key={seconds}
          icon={<Link2 />}
          onSelect={() =>
            link.mutate(seconds, {
              onSuccess: ({ url }) => copyAndTell(url, `Link copied. It works ${words}.`),
              onError,
            })
          }
        >
          Copy a link {words}
        </MenuItem>
      ))}
      <MenuItem
        icon={<Link2Off />}
        isDangerous
        onSelect={() =>
          revoke.mutate(undefined, { onSuccess: () => toast.success('All links were revoked'), onError })
        }
      >
        Revoke all links
      </MenuItem>
    </>
  );
}

/** In words, with the time that is left where links are out. */
function useAccessText({ access, links_expire_at: until }: WorkspacePort): string {
  const now = useNow(LOOK_AT_CLOCK_EVERY_MS);
  if (access !== 'link') return ACCESS[access].label;
  const isOut = until !== null && Date.parse(until) > now;
  return isOut ? `Link, expires ${formatUntil(until, now)}` : 'Link, none active';
}

function choices(withPublic: boolean) {
  const values: readonly PreviewAccess[] = withPublic ? ['private', 'link', 'public'] : ['private', 'link'];
  return values.map((value) => ({ value, ...ACCESS[value] }));
}

function cannotChange(port: number, error: unknown): void {
  toast.error(`Can't change port ${port}`, { description: messageOf(error) });
}
