'use client';

import { Toaster as Sonner } from 'sonner';

export { toast } from 'sonner';

export function Toaster({ theme }: { theme: 'light' | 'dark' }) {
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      offset={16}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-80 max-w-[calc(100vw-2rem)] items-start gap-2.5 rounded-lg bg-raised px-3 py-2.5 text-ink text-sm shadow-3',
          title: 'font-medium',
          description: 'text-ink-2 text-xs mt-0.5 break-words',
          icon: 'mt-0.5 text-ink-3 [&_svg]:size-4',
          error: '[&_[data-icon]]:text-danger',
          warning: '[&_[data-icon]]:text-warning',
          success: '[&_[data-icon]]:text-success',
          actionButton:
            'ml-auto shrink-0 self-center rounded-md px-2 py-1 font-medium text-accent-text text-xs hover:bg-hover',
        },
      }}
    />
  );
}
