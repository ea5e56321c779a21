'use client';

import { ArrowUp, Square } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { Button } from '#components/button.tsx';
import { messageOf } from '#lib/api-client.ts';

const MAX_CHARACTERS = 200_000;

interface ComposerProps {
  /** Rejects when the message was not taken; its text then stays in the field. */
  onSend: (text: string) => Promise<void>;
  /** Set while a turn can be stopped. */
  onStop: (() => void) | undefined;
  isStopping: boolean;
  /** Nothing can be sent now. The text can still be written. */
  isBlocked: boolean;
  /** Stands under the field: why nothing can be sent, where that is not said elsewhere. */
  note: string | undefined;
  /** A turn is at work: the message steers it. */
  isSteering: boolean;
  settings: ReactNode;
}

export function Composer(props: ComposerProps) {
  const { onStop, isStopping, isBlocked, note, isSteering, settings } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const { text, setText, error, submit } = useDraft(props.onSend);
  const canSend = text.trim() !== '' && text.length <= MAX_CHARACTERS && !isBlocked;

  async function send() {
    if (!canSend) return;
    field.current?.focus();
    await submit();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    // While an input method composes, Enter chooses a candidate.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return undefined;
    event.preventDefault();
    return send();
  }

  return (
    <div className="mx-auto w-full max-w-3xl px-3 pb-3">
      {error !== null && (
        <p role="alert" className="mb-1.5 px-1 text-danger text-xs">
          Not sent: {messageOf(error)}
        </p>
      )}
      <div className="rounded-xl border border-line-strong bg-surface shadow-1 transition-colors focus-within:border-ring focus-within:outline-2 focus-within:outline-ring/25">
        <textarea
          ref={field}
          value={text}
          rows={2}
          aria-label="Message the agent"
          placeholder={isSteering ? 'Steer the agent before its next step' : 'Message the agent'}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="field-sizing-content block max-h-60 min-h-14 w-full resize-none bg-transparent px-3 pt-2.5 pb-1 text-sm placeholder:text-ink-3 focus:outline-none"
        />
        <div className="flex items-center gap-2 px-2 pb-2">
          <div className="min-w-0 flex-1">{settings}</div>
          {onStop !== undefined && <StopButton isBusy={isStopping} onClick={onStop} />}
          <SendButton isDisabled={!canSend} onClick={send} />
        </div>
      </div>
      {note !== undefined && <p className="mt-1.5 px-1 text-ink-3 text-xs">{note}</p>}
    </div>
  );
}

/** What is being written. A message that is not taken comes back into the field, before what was typed meanwhile. */
function useDraft(onSend: ComposerProps['onSend']) {
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(null);

  async function submit() {
    const sent = text;
    setText('');
    setError(null);
    try {
      await onSend(sent.trim());
    } catch (cause) {
      setError(cause);
      setText((typed) => (typed === '' ? sent : `${sent}\n${typed}`));
    }
  }

  return { text, setText, error, submit };
}

function StopButton({ isBusy, onClick }: { isBusy: boolean; onClick: () => void }) {
  return (
    <Button size="sm" isBusy={isBusy} onClick={onClick} aria-label="Stop the agent">
      <Square aria-hidden className="size-3 fill-current" />
      Stop
    </Button>
  );
}

function SendButton({ isDisabled, onClick }: { isDisabled: boolean; onClick: () => void }) {
  return (
    <Button
      size="icon"
      variant="primary"
      aria-label="Send"
      title="Send (Enter). Shift+Enter adds a new line"
      disabled={isDisabled}
      onClick={onClick}
    >
      <ArrowUp aria-hidden className="size-4" />
    </Button>
  );
}
