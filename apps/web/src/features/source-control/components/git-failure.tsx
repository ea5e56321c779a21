'use client';

import { PodexError } from '@podex/contracts/errors';
import { X } from 'lucide-react';
import { IconButton } from '#components/icon-button.tsx';
import { messageOf } from '#lib/api-client.ts';

interface GitFailureProps {
  /** Null: nothing is shown. */
  error: unknown;
  onDismiss: () => void;
}

/** Why the last thing that was asked of git failed, in git's own words. */
export function GitFailure({ error, onDismiss }: GitFailureProps) {
  if (error === null || error === undefined) return null;
  const output = PodexError.has(error, 'git_failed') ? error.context.output : '';
  return (
    <div role="alert" className="m-2 rounded-md border border-danger/40 bg-surface p-2 text-xs">
      <div className="flex items-start gap-1">
        <p className="min-w-0 flex-1 break-words text-danger">{messageOf(error)}</p>
        <IconButton size="sm" label="Dismiss" onClick={onDismiss}>
          <X aria-hidden />
        </IconButton>
      </div>
      {output.includes('\n') && (
        <pre className="mt-1 max-h-40 overflow-auto whitespace-pre-wrap break-words font-mono text-2xs text-ink-2">
          {output}
        </pre>
      )}
    </div>
  );
}
