'use client';

import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ErrorState } from '#components/error-state.tsx';
import { Spinner } from '#components/spinner.tsx';
import { messageOf } from '#lib/api-client.ts';
import { authorizePreview, type PreviewWish } from '../api/ports-query.ts';

/** Sends the browser on to the preview, with what lets it in. */
export function EnterPreview(wish: PreviewWish) {
  const entered = useQuery({
    queryKey: ['preview', wish],
    queryFn: () => authorizePreview(wish),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const url = entered.data;
  useEffect(() => {
    if (url !== undefined) window.location.replace(url);
  }, [url]);
  if (entered.isError) {
    return (
      <ErrorState
        title={`Can't open the preview of port ${wish.port}`}
        message={messageOf(entered.error)}
        isRetrying={entered.isFetching}
        onRetry={() => entered.refetch()}
      />
    );
  }
  return (
    <p role="status" className="flex items-center justify-center gap-2 text-ink-3">
      <Spinner /> Opening the preview…
    </p>
  );
}
