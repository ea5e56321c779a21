'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { twoFactorQuery } from '../api/two-factor.ts';
import { NewRecoveryCodesDialog, TurnOffDialog } from './change-dialogs.tsx';
import { SetUpDialog } from './set-up-dialog.tsx';

type OpenDialog = 'set_up' | 'turn_off' | 'new_codes';

/** The account’s second factor: an authenticator app, and recovery codes. */
export function TwoFactorSection() {
  const isOn = useQuery(twoFactorQuery());
  const [dialog, setDialog] = useState<OpenDialog>();
  const propsOf = (name: OpenDialog) => ({
    isOpen: dialog === name,
    onOpenChange: (isOpen: boolean) => setDialog(isOpen ? name : undefined),
  });
  return (
    <section aria-labelledby="two-factor-title">
      <div className="mb-3 flex items-center gap-2">
        <h2 id="two-factor-title" className="font-semibold text-base tracking-tight">
          Two-factor authentication
        </h2>
        {isOn.data === true && <Badge tone="success">On</Badge>}
      </div>
      {isOn.isPending && <Skeleton className="h-20 w-full" />}
      {isOn.isError && isOn.data === undefined && (
        <ErrorState
          title="Can't load two-factor authentication"
          message={messageOf(isOn.error)}
          isRetrying={isOn.isFetching}
          onRetry={() => isOn.refetch()}
        />
      )}
      {isOn.data !== undefined && (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border bg-surface px-4 py-3">
          <p className="min-w-0 flex-1 basis-64 text-ink-2 text-sm">
            {isOn.data
              ? 'After your password, Podex asks for a code of your authenticator app. Passkeys, and providers such as GitHub, sign you in without it.'
              : 'Add a code of an authenticator app to your password.'}
          </p>
          <div className="flex flex-wrap gap-2">
            {isOn.data ? (
              <>
                <Button size="sm" onClick={() => setDialog('new_codes')}>
                  New recovery codes
                </Button>
                <Button size="sm" onClick={() => setDialog('turn_off')}>
                  Turn off
                </Button>
              </>
            ) : (
              <Button size="sm" variant="primary" onClick={() => setDialog('set_up')}>
                Set up
              </Button>
            )}
          </div>
        </div>
      )}
      <SetUpDialog {...propsOf('set_up')} />
      <TurnOffDialog {...propsOf('turn_off')} />
      <NewRecoveryCodesDialog {...propsOf('new_codes')} />
    </section>
  );
}
