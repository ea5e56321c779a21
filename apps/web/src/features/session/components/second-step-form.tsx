'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { giveCode } from '../api/authenticate.ts';
import { useFinishSignIn } from './use-finish-sign-in.ts';

type Kind = 'app' | 'recovery';

const FORMS = {
  app: {
    intro: 'Enter the code that your authenticator app shows.',
    label: 'Authentication code',
    hint: 'Six digits.',
    other: 'Use a recovery code',
    input: { inputMode: 'numeric', autoComplete: 'one-time-code', maxLength: 10 },
  },
  recovery: {
    intro: 'Enter one of the recovery codes that you saved. Each works once.',
    label: 'Recovery code',
    hint: 'For example abcde-fghjk.',
    other: 'Use your authenticator app',
    input: { inputMode: 'text', autoComplete: 'off', maxLength: 20 },
  },
} as const;

/** After the password: the code of an authenticator app, or a recovery code. */
export function SecondStepForm({ onStartAgain }: { onStartAgain: () => void }) {
  const [kind, setKind] = useState<Kind>('app');
  const finish = useFinishSignIn();
  const attempt = useMutation({
    mutationFn: (code: string) => giveCode(code, kind),
    onSuccess: finish,
  });
  const form = FORMS[kind];

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    attempt.mutate(String(new FormData(event.currentTarget).get('code') ?? '').trim());
  }

  function change() {
    attempt.reset();
    setKind(kind === 'app' ? 'recovery' : 'app');
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">Two-factor authentication</h1>
      <p className="-mt-2 text-ink-2">{form.intro}</p>
      {attempt.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(attempt.error)}
        </Notice>
      )}
      <TextField
        key={kind}
        label={form.label}
        hint={form.hint}
        name="code"
        required
        autoFocus
        className="font-mono"
        {...form.input}
      />
      <Button type="submit" variant="primary" size="lg" isBusy={attempt.isPending || attempt.isSuccess}>
        Verify
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button variant="ghost" size="sm" onClick={change}>
          {form.other}
        </Button>
        <Button variant="ghost" size="sm" onClick={onStartAgain}>
          Start again
        </Button>
      </div>
    </form>
  );
}
