'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '#components/button.tsx';
import { AccountMenu } from '#features/session/components/account-menu.tsx';
import { useSession } from '#features/session/components/session-context.tsx';
import { TwoFactorSection } from '#features/two-factor/components/two-factor-section.tsx';

/** Who must set up two-factor authentication comes no further before. It stays open until they go on: the recovery codes are shown once. */
export function TwoFactorGate({ children }: { children: ReactNode }) {
  const { two_factor_required: isRequired } = useSession();
  const [isStopped, setStopped] = useState(isRequired);
  if (!isRequired && !isStopped) return children;
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-2xl flex-col gap-6 px-4 py-8">
      <div className="flex items-start justify-between gap-4">
        <div>
          <h1 className="font-semibold text-xl tracking-tight">One more step</h1>
          <p className="mt-1 text-ink-2">This Podex requires two-factor authentication.</p>
        </div>
        <AccountMenu />
      </div>
      <TwoFactorSection />
      <div>
        <Button variant="primary" disabled={isRequired} onClick={() => setStopped(false)}>
          Continue to Podex
        </Button>
      </div>
    </main>
  );
}
