import { clsx } from 'clsx';

/** The shape of what is being loaded. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={clsx('block animate-pulse-soft rounded-md bg-hover', className)} />;
}
