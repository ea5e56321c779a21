import type { Metadata } from 'next';
import { AppHeader, HeaderPlace } from '../app-header.tsx';
import { AccountScreen } from './account-screen.tsx';

export const metadata: Metadata = { title: 'Account' };

export default function AccountPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Account</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-8">
        <AccountScreen />
      </main>
    </div>
  );
}
