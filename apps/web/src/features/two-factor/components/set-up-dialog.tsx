'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type SetUp, useConfirm, useRefresh, useSetUp } from '../api/two-factor.ts';
import { groupSecret } from '../model/authenticator-app.ts';
import { PasswordForm } from './password-form.tsx';
import { QrCode } from './qr-code.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface SetUpDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Password, QR code and first code, recovery codes. */
export function SetUpDialog({ isOpen, onOpenChange }: SetUpDialogProps) {
  const [setUp, setSetUp] = useState<SetUp>();
  const [isConfirmed, setConfirmed] = useState(false);
  const begin = useSetUp();
  const refresh = useRefresh();

  function close() {
    onOpenChange(false);
    setSetUp(undefined);
    setConfirmed(false);
    begin.reset();
    void refresh();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title={isConfirmed ? 'Save your recovery codes' : 'Set up two-factor authentication'}
    >
      {setUp === undefined && (
        <PasswordForm
          action="Continue"
          isBusy={begin.isPending}
          error={begin.error}
          onCancel={close}
          onSubmit={(values) => begin.mutate(values, { onSuccess: setSetUp })}
        />
      )}
      {setUp !== undefined && !isConfirmed && (
        <ConfirmForm setUp={setUp} onCancel={close} onConfirmed={() => setConfirmed(true)} />
      )}
      {setUp !== undefined && isConfirmed && <RecoveryCodes codes={setUp.recoveryCodes} onDone={close} />}
    </Dialog>
  );
}

interface ConfirmFormProps {
  setUp: SetUp;
  onCancel: () => void;
  onConfirmed: () => void;
}

function ConfirmForm({ setUp, onCancel, onConfirmed }: ConfirmFormProps) {
  const confirm = useConfirm();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code') ?? '').trim();
    confirm.mutate(code, { onSuccess: onConfirmed });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <p className="text-ink-2 text-sm">
        Scan this with an authenticator app, or enter the key by hand. Then enter the code that the app shows.
      </p>
      <QrCode text={setUp.uri} label="QR code for your authenticator app" />
      <Field label="Key">
        {(control) => (
          <textarea
            {...control}
            readOnly
            rows={2}
            value={groupSecret(setUp.secret)}
            onFocus={(event) => event.currentTarget.select()}
            className={`${CONTROL_CLASS} resize-none py-1.5 font-mono text-xs`}
          />
        )}
      </Field>
      {confirm.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(confirm.error)}
        </Notice>
      )}
      <TextField
        label="Authentication code"
        name="code"
        hint="Six digits."
        required
        autoFocus
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
        className="font-mono"
      />
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={confirm.isPending}>
          Turn on
        </Button>
      </DialogActions>
    </form>
  );
}
