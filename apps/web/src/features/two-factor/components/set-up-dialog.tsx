'use client';

import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextAreaField, TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
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
          request={begin}
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

  return (
    <Form
      request={confirm}
      action="Turn on"
      onCancel={onCancel}
      onSubmit={(values) => confirm.mutate(fieldText(values, 'code').trim(), { onSuccess: onConfirmed })}
    >
      <p className="text-ink-2 text-sm">
        Scan this with an authenticator app, or enter the key by hand. Then enter the code that the app shows.
      </p>
      <QrCode text={setUp.uri} label="QR code for your authenticator app" />
      <TextAreaField
        label="Key"
        readOnly
        rows={2}
        value={groupSecret(setUp.secret)}
        onFocus={(event) => event.currentTarget.select()}
        className="resize-none text-xs"
      />
      <TextField
        label="Authentication code"
        name="code"
        hint="Six digits."
        autoFocus
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
        className="font-mono"
      />
    </Form>
  );
}
