'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LogOut, type LucideIcon, Monitor, Moon, Sun, UserRound, UsersRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '#components/menu.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { chooseTheme, type ThemeChoice, useThemeChoice } from '#lib/theme.ts';
import { signOut } from '../api/authenticate.ts';
import { meQuery } from '../api/me-query.ts';
import { useSession } from './session-context.tsx';

const THEMES: { value: ThemeChoice; label: string; icon: React.ReactNode }[] = [
  { value: 'light', label: 'Light', icon: <Sun aria-hidden /> },
  { value: 'dark', label: 'Dark', icon: <Moon aria-hidden /> },
  { value: 'system', label: 'System', icon: <Monitor aria-hidden /> },
];

interface AccountMenuProps {
  /** Pages that the header has no room for on a narrow screen. */
  places?: readonly { label: string; href: string; Icon: LucideIcon }[];
}

export function AccountMenu({ places = [] }: AccountMenuProps) {
  const user = useSession();
  const theme = useThemeChoice();
  const router = useRouter();
  const queryClient = useQueryClient();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      const { queryKey } = meQuery();
      queryClient.setQueryData(queryKey, null);
      // Whatever else was cached belongs to the person who leaves.
      queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== queryKey[0] });
    },
    onError: (error) => toast.error('You are still signed in', { description: messageOf(error) }),
  });
  const initial = (user.name || user.email).slice(0, 1).toUpperCase();
  return (
    <Menu
      align="end"
      width="min-w-52"
      trigger={
        <button
          type="button"
          aria-label="Account"
          className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent-text text-xs hover:brightness-105"
        >
          {initial}
        </button>
      }
    >
      <div className="px-2 py-1.5">
        <p className="truncate font-medium">{user.name || user.email}</p>
        <p className="truncate text-ink-3 text-xs">
          {user.email}
          {user.role === 'admin' && ' · admin'}
        </p>
      </div>
      <MenuSeparator />
      <MenuItem icon={<UserRound aria-hidden />} onSelect={() => router.push(paths.account())}>
        Account settings
      </MenuItem>
      <MenuItem icon={<UsersRound aria-hidden />} onSelect={() => router.push(paths.teams())}>
        Teams
      </MenuItem>
      {places.length > 0 && (
        <div className="sm:hidden">
          <MenuSeparator />
          {places.map(({ label, href, Icon }) => (
            <MenuItem key={href} icon={<Icon aria-hidden />} onSelect={() => router.push(href)}>
              {label}
            </MenuItem>
          ))}
        </div>
      )}
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuChoice value={theme} onChoose={chooseTheme} options={THEMES} />
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden />} onSelect={() => leave.mutate()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
