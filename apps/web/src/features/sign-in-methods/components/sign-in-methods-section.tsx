'use client';

import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { type ReactNode, Suspense, useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Notice } from '#components/notice.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { signInErrorSentence } from '#lib/sign-in-errors.ts';
import { signInMethodsQuery, useLink, useUnlink } from '../api/sign-in-methods-query.ts';
import type { ProviderMethod } from '../model/sign-in-methods.ts';

/** How a person can sign in to their account: password and linked providers. */
export function SignInMethodsSection() {
  const methods = useQuery(signInMethodsQuery());
  return (
    <section aria-labelledby="sign-in-methods">
      <h2 id="sign-in-methods" className="font-semibold tracking-tight">
        Sign-in methods
      </h2>
      <p className="mb-3 text-ink-2 text-xs">Each of these signs in to this account.</p>
      <Suspense>
        <LinkError />
      </Suspense>
      {methods.isPending && <Skeleton className="h-24 w-full" />}
      {methods.isError && methods.data === undefined && (
        <ErrorState
          title="Can't load the sign-in methods"
          message={messageOf(methods.error)}
          isRetrying={methods.isFetching}
          onRetry={() => methods.refetch()}
        />
      )}
      {methods.data !== undefined && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          <Row name="Password" detail={methods.data.hasPassword ? 'Set' : 'Not set'} />
          {methods.data.providers.map((method) => (
            <ProviderRow key={method.accountId ?? method.id} method={method} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Why a provider sent the browser back without a link. */
function LinkError() {
  const error = useSearchParams().get('error');
  if (error === null) return null;
  return (
    <div className="mb-3">
      <Notice tone="danger" isAlert>
        {signInErrorSentence(error)}
      </Notice>
    </div>
  );
}

function Row({ name, detail, children }: { name: string; detail: string; children?: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="text-ink-2 text-xs">{detail}</p>
      </div>
      {children}
    </li>
  );
}

function ProviderRow({ method }: { method: ProviderMethod }) {
  return method.accountId === undefined ? (
    <NotLinkedRow method={method} />
  ) : (
    <LinkedRow method={method} accountId={method.accountId} />
  );
}

function NotLinkedRow({ method: { id, name } }: { method: ProviderMethod }) {
  const link = useLink();
  return (
    <Row name={name} detail="Not linked">
      <Button
        size="sm"
        isBusy={link.isPending || link.isSuccess}
        aria-label={`Link ${name}`}
        onClick={() =>
          link.mutate(id, {
            onError: (error) => toast.error(`Can't link ${name}`, { description: messageOf(error) }),
          })
        }
      >
        Link
      </Button>
    </Row>
  );
}

function LinkedRow({ method, accountId }: { method: ProviderMethod; accountId: string }) {
  const { name, isLastWay, isSetUp } = method;
  const [isAsking, setAsking] = useState(false);
  const unlink = useUnlink();
  return (
    <Row name={name} detail={detailOf(isSetUp, isLastWay)}>
      <Button size="sm" disabled={isLastWay} aria-label={`Unlink ${name}`} onClick={() => setAsking(true)}>
        Unlink
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Unlink ${name}?`}
        description={`You can't sign in with ${name} any more. You can link it again.`}
        action="Unlink"
        isDangerous
        isBusy={unlink.isPending}
        error={unlink.isError ? messageOf(unlink.error) : undefined}
        onConfirm={() => unlink.mutate(accountId, { onSuccess: () => toast.success(`${name} unlinked`) })}
      />
    </Row>
  );
}

function detailOf(isSetUp: boolean, isLastWay: boolean): string {
  if (!isSetUp) return "Linked, but this Podex doesn't offer it any more";
  return isLastWay ? 'Linked. The only way to sign in, so it stays' : 'Linked';
}
