import { LoaderCircle } from 'lucide-react';

/** Decoration: what is being waited for is said in words beside it. */
export function Spinner({ className = 'size-3.5' }: { className?: string }) {
  return <LoaderCircle aria-hidden className={`shrink-0 animate-spin ${className}`} />;
}
