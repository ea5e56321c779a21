'use client';

import { ChartColumn, ScrollText, Server, Settings, Users } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Logo } from '#components/logo.tsx';
import { Tooltip } from '#components/tooltip.tsx';
import { AccountMenu } from '#features/session/components/account-menu.tsx';
import { useSession } from '#features/session/components/session-context.tsx';
import { paths } from '#lib/paths.ts';
import { ConnectionState } from './connection-state.tsx';

const ADMIN_PLACES = [
  { label: 'Servers', href: paths.servers(), Icon: Server },
  { label: 'People', href: paths.people(), Icon: Users },
  { label: 'Usage', href: paths.usage(), Icon: ChartColumn },
  { label: 'Audit log', href: paths.audit(), Icon: ScrollText },
  { label: 'Settings', href: paths.settings(), Icon: Settings },
];

interface AppHeaderProps {
  /** The current place; follows the logo. */
  children?: ReactNode;
  /** Buttons of the page, before those of the account. */
  actions?: ReactNode;
}

export function AppHeader({ children, actions }: AppHeaderProps) {
  const user = useSession();
  const places = user.role === 'admin' ? ADMIN_PLACES : [];
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-b bg-surface px-3">
      <Link
        href={paths.workspaces()}
        aria-label="Podex: your workspaces"
        className="flex shrink-0 items-center gap-2 rounded-md p-1 font-semibold tracking-tight"
      >
        <Logo />
        <span className="hidden sm:inline">Podex</span>
      </Link>
      <div className="flex min-w-0 flex-1 items-center gap-2">{children}</div>
      <ConnectionState />
      <div className="flex items-center gap-1">{actions}</div>
      {places.map(({ label, href, Icon }) => (
        <Tooltip key={label} content={label}>
          <Link
            href={href}
            aria-label={label}
            className="hidden size-7 shrink-0 items-center justify-center rounded-md text-ink-3 hover:bg-hover hover:text-ink sm:flex"
          >
            <Icon aria-hidden className="size-4" />
          </Link>
        </Tooltip>
      ))}
      <AccountMenu places={places} />
    </header>
  );
}

/** The name of the current place. */
export function HeaderPlace({ children }: { children: ReactNode }) {
  return (
    <>
      <span aria-hidden className="text-ink-3">
        /
      </span>
      <span className="truncate px-1 font-medium">{children}</span>
    </>
  );
}
