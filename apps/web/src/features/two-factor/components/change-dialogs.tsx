'use client';

import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { useNewRecoveryCodes, useTurnOff } from '../api/two-factor.ts';
import { PasswordForm } from './password-form.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface ChangeDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function TurnOffDialog({ isOpen, onOpenChange }: ChangeDialogProps) {
  const turnOff = useTurnOff();

  function close() {
    onOpenChange(false);
    turnOff.reset();
  }

  function onSuccess() {
    close();
    toast.success('Two-factor authentication is off');
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title="Turn off two-factor authentication?"
      description="Your password alone signs you in then. Your recovery codes stop working, and other sessions end."
    >
      <PasswordForm
        action="Turn off"
        isDangerous
        asksCode
        request={turnOff}
        onCancel={close}
        onSubmit={(values) => turnOff.mutate(values, { onSuccess })}
      />
    </Dialog>
  );
}

export function NewRecoveryCodesDialog({ isOpen, onOpenChange }: ChangeDialogProps) {
  const [codes, setCodes] = useState<string[]>();
  const make = useNewRecoveryCodes();

  function close() {
    onOpenChange(false);
    setCodes(undefined);
    make.reset();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title={codes === undefined ? 'Make new recovery codes?' : 'Save your recovery codes'}
      {...(codes === undefined ? { description: 'The old ones stop working, and other sessions end.' } : {})}
    >
      {codes === undefined ? (
        <PasswordForm
          action="Make new codes"
          request={make}
          onCancel={close}
          onSubmit={(values) => make.mutate(values, { onSuccess: setCodes })}
        />
      ) : (
        <RecoveryCodes codes={codes} onDone={close} />
      )}
    </Dialog>
  );
}
