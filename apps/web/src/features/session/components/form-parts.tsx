import Link from 'next/link';
import type { ReactNode } from 'react';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';

export const MIN_PASSWORD_LENGTH = 8;

export function FormTitle({ children }: { children: ReactNode }) {
  return <h1 className="font-semibold text-xl tracking-tight">{children}</h1>;
}

export function FormError({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <Notice tone="danger" isAlert>
      {messageOf(error)}
    </Notice>
  );
}

export function FooterLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="font-medium text-accent-text hover:underline">
      {children}
    </Link>
  );
}
