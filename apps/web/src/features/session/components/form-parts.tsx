import Link from 'next/link';
import type { ReactNode } from 'react';

export const MIN_PASSWORD_LENGTH = 8;

export function FormTitle({ children }: { children: ReactNode }) {
  return <h1 className="font-semibold text-xl tracking-tight">{children}</h1>;
}

export function FooterLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="font-medium text-accent-text hover:underline">
      {children}
    </Link>
  );
}
