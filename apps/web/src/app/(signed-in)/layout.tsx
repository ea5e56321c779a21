import type { ReactNode } from 'react';
import { SessionGate } from '#features/session/components/session-context.tsx';
import { SignedInShell } from './signed-in-shell.tsx';
import { TwoFactorGate } from './two-factor-gate.tsx';

export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <SessionGate>
      <TwoFactorGate>
        <SignedInShell>{children}</SignedInShell>
      </TwoFactorGate>
    </SessionGate>
  );
}
