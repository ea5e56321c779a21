'use client';

import { useEffect, useEffectEvent } from 'react';

interface Shortcut {
  /** The letter, in lower case. */
  key: string;
  withShift?: boolean;
  /** A program in a terminal has a use for these keys: there they are its own. */
  isOfTerminals?: boolean;
}

/** Ctrl or Cmd with a letter, wherever the focus is; the browser does nothing of its own then. */
export function useShortcut(
  { key, withShift = false, isOfTerminals = false }: Shortcut,
  act: () => void,
): void {
  const onPressed = useEffectEvent(act);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isIt =
        (event.ctrlKey || event.metaKey) &&
        !event.altKey &&
        event.shiftKey === withShift &&
        event.key.toLowerCase() === key;
      if (!isIt || (isOfTerminals && event.ctrlKey && isInTerminal(event.target))) return;
      event.preventDefault();
      event.stopPropagation();
      onPressed();
    };
    // First of all, so that no editor takes the keys.
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true });
  }, [key, withShift, isOfTerminals]);
}

function isInTerminal(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.xterm') !== null;
}
