'use client';

import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { Suspense, useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Notice } from '#components/notice.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { signInErrorSentence } from '#lib/sign-in-errors.ts';
import { signInMethodsQuery, useLink, useUnlink } from '../api/sign-in-methods-query.ts';
import type { ProviderMethod } from '../model/sign-in-methods.ts';

/** How a person can sign in to their account: password and linked providers. */
export function SignInMethodsSection() {
  const methods = useQuery(signInMethodsQuery());
  return (
    <Section title="Sign-in methods" description="Each of these signs in to this account." isFlush>
      <Suspense>
        <LinkError />
      </Suspense>
      <Loaded query={methods} what="the sign-in methods">
        {({ hasPassword, providers }) => (
          <ul className="divide-y divide-line">
            <Row title="Password" detail={hasPassword ? 'Set' : 'Not set'} />
            {providers.map((method) => (
              <ProviderRow key={method.accountId ?? method.id} method={method} />
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

/** Why a provider sent the browser back without a link. */
function LinkError() {
  const error = useSearchParams().get('error');
  if (error === null) return null;
  return (
    <div className="p-3">
      <Notice tone="danger" isAlert>
        {signInErrorSentence(error)}
      </Notice>
    </div>
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
    <Row title={name} detail="Not linked">
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
    <Row title={name} detail={detailOf(isSetUp, isLastWay)}>
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
        request={unlink}
        onConfirm={() =>
          unlink.mutate(accountId, { onSuccess: ({ revoked }) => tellUnlinked(name, revoked) })
        }
      />
    </Row>
  );
}

function tellUnlinked(name: string, isRevoked: boolean) {
  if (isRevoked) toast.success(`${name} unlinked`);
  else
    toast.warning(`${name} unlinked, but not revoked there`, {
      description: `Podex deleted what it had, and couldn't reach ${name}. Revoke it there in Settings → Applications.`,
    });
}

function detailOf(isSetUp: boolean, isLastWay: boolean): string {
  if (!isSetUp) return "Linked, but this Podex doesn't offer it any more";
  return isLastWay ? 'Linked. The only way to sign in, so it stays' : 'Linked';
}
