'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { goToProvider } from '#lib/auth-request.ts';
import { paths, safeNextPath } from '#lib/paths.ts';
import { signInErrorSentence } from '#lib/sign-in-errors.ts';
import { registrationQuery } from '../api/registration-query.ts';

/** One button for each provider that is set up here; nothing where there is none. */
export function ProviderButtons({ invitation }: { invitation?: string | undefined }) {
  const next = useSearchParams().get('next');
  const { data } = useQuery(registrationQuery());
  const leave = useMutation({
    mutationFn: (provider: string) =>
      goToProvider('sign-in/social', {
        provider,
        callbackPath: safeNextPath(next),
        errorPath: paths.signIn(next ?? undefined),
        invitation,
      }),
  });
  const providers = data?.providers ?? [];
  if (providers.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      <p className="flex items-center gap-3 text-ink-3 text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {leave.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(leave.error)}
        </Notice>
      )}
      {providers.map(({ id, name }) => (
        <Button
          key={id}
          size="lg"
          disabled={leave.isPending || leave.isSuccess}
          isBusy={leave.variables === id && (leave.isPending || leave.isSuccess)}
          onClick={() => leave.mutate(id)}
        >
          Continue with {name}
        </Button>
      ))}
    </div>
  );
}

/** Why a provider sent the browser back without a sign-in. */
export function ProviderError() {
  const error = useSearchParams().get('error');
  if (error === null) return null;
  return (
    <Notice tone="danger" isAlert>
      {signInErrorSentence(error)}
    </Notice>
  );
}
