import { Compass } from 'lucide-react';
import Link from 'next/link';
import { buttonClass } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { paths } from '#lib/paths.ts';

export default function NotFound() {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <EmptyState
        icon={<Compass />}
        title="Page not found"
        actions={
          <Link href={paths.workspaces()} className={buttonClass()}>
            Go to your workspaces
          </Link>
        }
      >
        It may have been moved or deleted. Check the address.
      </EmptyState>
    </main>
  );
}
