import type { ReactNode } from 'react';
import { SessionGate } from '#features/session/components/session-context.tsx';
import { SignedInShell } from './signed-in-shell.tsx';

export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <SessionGate>
      <SignedInShell>{children}</SignedInShell>
    </SessionGate>
  );
}
