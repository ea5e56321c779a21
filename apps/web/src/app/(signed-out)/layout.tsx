import type { ReactNode } from 'react';
import { Logo } from '#components/logo.tsx';

export default function SignedOutLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 pt-[14vh] pb-12">
      <div className="w-full max-w-sm">
        <Logo className="mb-6 size-9" />
        {children}
      </div>
      <p className="mt-auto pt-12 text-ink-3 text-xs">Workspaces and coding agents on your own servers.</p>
    </main>
  );
}
