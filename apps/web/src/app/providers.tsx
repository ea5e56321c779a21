'use client';

import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Toaster } from '#components/toaster.tsx';
import { TooltipProvider } from '#components/tooltip.tsx';
import { meQuery } from '#features/session/api/me-query.ts';
import { createQueryClient } from '#lib/query-client.ts';
import { useTheme } from '#lib/theme.ts';

export function Providers({ children }: { children: ReactNode }) {
  const [queryClient] = useState(() =>
    createQueryClient({ onUnauthenticated: (client) => client.setQueryData(meQuery().queryKey, null) }),
  );
  const theme = useTheme();
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipProvider>{children}</TooltipProvider>
      <Toaster theme={theme} />
    </QueryClientProvider>
  );
}
