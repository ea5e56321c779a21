'use client';

import { copyText } from '#lib/clipboard.ts';
import { Button } from './button.tsx';
import { DialogActions } from './dialog.tsx';
import { TextField } from './field.tsx';
import { toast } from './toaster.tsx';

interface ShownOnceProps {
  label: string;
  value: string;
  /** What the value is, in one word: the button says "Copy link". */
  noun: string;
  /** Null when it never ends. */
  expiresAt: string | null;
  onDone: () => void;
}

/** The end of a dialog that made something which is shown only now. */
export function ShownOnce({ label, value, noun, expiresAt, onDone }: ShownOnceProps) {
  async function copy() {
    await copyText(value);
    toast.success(`${noun.charAt(0).toUpperCase()}${noun.slice(1)} copied`);
  }
  return (
    <>
      <TextField
        label={label}
        readOnly
        autoFocus
        value={value}
        onFocus={(event) => event.currentTarget.select()}
        className="font-mono"
        hint={expiresAt === null ? undefined : `Expires ${new Date(expiresAt).toLocaleString()}.`}
      />
      <DialogActions>
        <Button onClick={() => void copy()}>Copy {noun}</Button>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </>
  );
}
