'use client';

import { type FormEvent, useState } from 'react';
import { errorTextOf, forget, type RequestState } from '#lib/request-state.ts';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { TextField } from './field.tsx';

interface PromptDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  label: string;
  initialValue?: string | undefined;
  placeholder?: string | undefined;
  maxLength?: number | undefined;
  /** A verb: what the button does. */
  action: string;
  /** What is asked for with the text, as it goes. */
  request: RequestState;
  /** The text without blanks around it, never empty. */
  onSubmit: (value: string) => void;
}

/** Asks for one line of text. */
export function PromptDialog({ isOpen, onOpenChange, title, ...form }: PromptDialogProps) {
  function change(next: boolean) {
    forget(form.request);
    onOpenChange(next);
  }
  return (
    <Dialog isOpen={isOpen} onOpenChange={change} title={title} width="sm">
      <PromptForm {...form} onCancel={() => change(false)} />
    </Dialog>
  );
}

type PromptFormProps = Omit<PromptDialogProps, 'isOpen' | 'onOpenChange' | 'title'> & {
  onCancel: () => void;
};

function PromptForm({
  label,
  initialValue = '',
  placeholder,
  maxLength,
  action,
  request,
  onSubmit,
  onCancel,
}: PromptFormProps) {
  const [value, setValue] = useState(initialValue);
  const trimmed = value.trim();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (trimmed !== '') onSubmit(trimmed);
  }

  return (
    <form onSubmit={submit}>
      <TextField
        label={label}
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onFocus={(event) => event.target.select()}
        placeholder={placeholder}
        maxLength={maxLength}
        autoComplete="off"
        autoFocus
        error={errorTextOf(request)}
      />
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={request.isPending} disabled={trimmed === ''}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
