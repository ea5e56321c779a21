'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Section } from '#components/section.tsx';
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
    <Section
      title="Two-factor authentication"
      description="A code of an authenticator app, asked for after your password."
      badge={isOn.data === true && <Badge tone="success">On</Badge>}
    >
      <Loaded query={isOn} what="two-factor authentication" height="h-8">
        {(on) => (
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="min-w-0 flex-1 basis-64 text-ink-2 text-sm">
              {on
                ? 'Passkeys, and providers such as GitHub, sign you in without the code.'
                : 'Without it, your password alone signs you in.'}
            </p>
            <div className="flex flex-wrap gap-2">
              {on ? (
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
      </Loaded>
      <SetUpDialog {...propsOf('set_up')} />
      <TurnOffDialog {...propsOf('turn_off')} />
      <NewRecoveryCodesDialog {...propsOf('new_codes')} />
    </Section>
  );
}
