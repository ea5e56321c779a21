'use client';

import { plainText } from '@podex/contracts/plain-text';
import { useEffect, useRef, useState } from 'react';

const SHOWN_CHARACTERS = 6_000;

/** What a tool gave. Long output shows its end first, where errors are; while it grows the end stays in view. */
export function ToolOutput({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const element = useRef<HTMLPreElement>(null);
  const shown = isWhole ? text : text.slice(-SHOWN_CHARACTERS);
  useEffect(() => {
    if (isGrowing && element.current !== null && shown !== '')
      element.current.scrollTop = element.current.scrollHeight;
  }, [isGrowing, shown]);
  return (
    <div className="min-w-0 overflow-hidden rounded-md border bg-sunken">
      {shown.length < text.length && (
        <button
          type="button"
          onClick={() => setWhole(true)}
          className="w-full border-b px-2.5 py-1 text-left text-ink-2 text-xs hover:bg-hover"
        >
          Show {(text.length - shown.length).toLocaleString('en')} characters before
        </button>
      )}
      <pre
        ref={element}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        className="max-h-72 overflow-auto whitespace-pre-wrap break-words px-2.5 py-1.5 font-mono text-ink-2 text-xs leading-5"
      >
        {plainText(shown)}
      </pre>
    </div>
  );
}
