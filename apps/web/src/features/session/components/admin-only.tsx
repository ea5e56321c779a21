'use client';

import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState } from '#components/empty-state.tsx';
import { useSession } from './session-context.tsx';

/** Spares others a page whose every request would fail. api enforces the permission itself. */
export function AdminOnly({ children }: { children: ReactNode }) {
  const { role } = useSession();
  if (role === 'admin') return children;
  return (
    <EmptyState icon={<Lock />} title="For administrators">
      Your account can't open this page. Ask an administrator.
    </EmptyState>
  );
}
