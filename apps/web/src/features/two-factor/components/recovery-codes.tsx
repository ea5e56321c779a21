'use client';

import { Button } from '#components/button.tsx';
import { DialogActions } from '#components/dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { copyText } from '#lib/clipboard.ts';
import { recoveryCodesText } from '../model/authenticator-app.ts';

const FILE_NAME = 'podex-recovery-codes.txt';

interface RecoveryCodesProps {
  codes: readonly string[];
  onDone: () => void;
}

/** Shown once. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  async function copy() {
    await copyText(codes.join('\n'));
    toast.success('Recovery codes copied');
  }

  function download() {
    const url = URL.createObjectURL(new Blob([recoveryCodesText(codes)], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = FILE_NAME;
    link.click();
    URL.revokeObjectURL(url);
  }

  return (
    <>
      <p className="text-ink-2 text-sm">
        Save these codes in a safe place. If you lose your phone, each of them signs you in once. They are
        shown only now.
      </p>
      <ul
        aria-label="Recovery codes"
        className="mt-3 grid grid-cols-2 gap-1 rounded-lg border p-3 font-mono text-sm"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <DialogActions>
        <Button onClick={() => void copy()}>Copy</Button>
        <Button onClick={download}>Download</Button>
        <Button variant="primary" onClick={onDone}>
          I saved them
        </Button>
      </DialogActions>
    </>
  );
}
