'use client';

import { useMutation } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { messageOf } from '#lib/api-client.ts';
import { signInWithPasskey } from '../api/passkeys.ts';
import { canSuggestPasskeys, canUsePasskeys } from '../model/ceremony.ts';

/** A button; and, where the browser can, passkeys in the list of the email field (its `autocomplete` holds `webauthn`). */
export function PasskeySignIn({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const [isPossible, setPossible] = useState(false);
  const suggestion = useRef<AbortController>(undefined);
  const attempt = useMutation({
    mutationFn: () => {
      // A browser runs one ceremony at a time.
      suggestion.current?.abort();
      return signInWithPasskey({ signal: new AbortController().signal, isSuggested: false });
    },
    onSuccess: onSignedIn,
  });
  const finish = useEffectEvent(onSignedIn);

  useEffect(() => {
    setPossible(canUsePasskeys());
    const ending = new AbortController();
    suggestion.current = ending;
    async function suggest() {
      if (!(await canSuggestPasskeys()) || ending.signal.aborted) return;
      await signInWithPasskey({ signal: ending.signal, isSuggested: true });
      await finish();
    }
    // Nobody asked for it, so nobody is told that it failed: the button is there.
    suggest().catch(() => undefined);
    return () => ending.abort();
  }, []);

  if (!isPossible) return null;
  return (
    <div className="flex flex-col gap-3">
      {attempt.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(attempt.error)}
        </Notice>
      )}
      <Button size="lg" isBusy={attempt.isPending || attempt.isSuccess} onClick={() => attempt.mutate()}>
        <KeyRound aria-hidden className="size-4" />
        Sign in with a passkey
      </Button>
    </div>
  );
}
