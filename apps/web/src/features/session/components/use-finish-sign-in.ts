import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearchParams } from 'next/navigation';
import { safeNextPath } from '#lib/paths.ts';
import { meQuery } from '../api/me-query.ts';

/** What follows a sign-in, in whichever way: the page knows who it is, and goes where the person was going. */
export function useFinishSignIn(): () => Promise<void> {
  const router = useRouter();
  const next = useSearchParams().get('next');
  const queryClient = useQueryClient();
  return async () => {
    queryClient.clear();
    await queryClient.fetchQuery(meQuery());
    router.replace(safeNextPath(next));
  };
}
