import { type RefObject, useEffect, useRef, useState } from 'react';
import { messageOf } from '#lib/api-client.ts';
import { authorizePreview } from '../api/ports-query.ts';
import { type OpenPreview, wishOf } from './preview-frame.ts';

/** A program that only says that it wants to be let in, again and again, is let in so often each time it is loaded. */
const ENTRIES_MAX = 3;

interface PreviewEntry extends OpenPreview {
  workspaceId: string;
  frame: RefObject<HTMLIFrameElement | null>;
}

/** Lets the frame of a private preview in when it asks. @returns why that failed, in words. */
export function usePreviewEntry({ workspaceId, port, url, frame }: PreviewEntry): string | undefined {
  const [failure, setFailure] = useState<string>();
  const entries = useRef(0);
  useEffect(() => {
    entries.current = 0;
    setFailure(undefined);
    function enter(event: MessageEvent) {
      const wish = wishOf(event, { url, window: frame.current?.contentWindow ?? null });
      if (wish === undefined) return;
      entries.current += 1;
      if (entries.current > ENTRIES_MAX) {
        setFailure('The browser keeps no cookies for it here. Open it in a tab.');
        return;
      }
      authorizePreview({ workspaceId, port, state: wish.state, path: wish.path }).then(
        (address) => {
          if (frame.current !== null) frame.current.src = address;
        },
        (error: unknown) => setFailure(messageOf(error)),
      );
    }
    window.addEventListener('message', enter);
    return () => window.removeEventListener('message', enter);
  }, [workspaceId, port, url, frame]);
  useEffect(() => {
    function tell({ effectiveDirective }: SecurityPolicyViolationEvent) {
      if (effectiveDirective !== 'frame-src') return;
      setFailure(
        'This page shows no frames of that address. An admin sets PREVIEW_DOMAIN or PREVIEW_PORT of the page as of api.',
      );
    }
    document.addEventListener('securitypolicyviolation', tell);
    return () => document.removeEventListener('securitypolicyviolation', tell);
  }, []);
  return failure;
}
