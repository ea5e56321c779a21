'use client';

import { type KeyboardEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { CONTROL_CLASS } from '#components/field.tsx';
import type { GitAction } from '../api/git-actions.ts';

interface CommitBoxProps {
  branch: string | null;
  stagedCount: number;
  /** Changes of tracked files that are not staged: committed when nothing is staged. */
  hasTrackedChanges: boolean;
  isBusy: boolean;
  onAct: (action: GitAction, options: { onSuccess: () => void }) => void;
}

/** The message and the button. Ctrl+Enter commits as well. */
export function CommitBox({ branch, stagedCount, hasTrackedChanges, isBusy, onAct }: CommitBoxProps) {
  const [message, setMessage] = useState('');
  const all = stagedCount === 0;
  const canCommit = message.trim() !== '' && !isBusy && (stagedCount > 0 || hasTrackedChanges);

  function commit() {
    if (!canCommit) return;
    onAct({ do: 'commit', message: message.trim(), all }, { onSuccess: () => setMessage('') });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    commit();
  }

  return (
    <div className="flex flex-col gap-1.5 p-2">
      <textarea
        aria-label="Commit message"
        placeholder={branch === null ? 'Message' : `Message (Ctrl+Enter to commit on ${branch})`}
        value={message}
        onChange={(event) => setMessage(event.target.value)}
        onKeyDown={onKeyDown}
        rows={3}
        maxLength={16_000}
        className={`${CONTROL_CLASS} resize-y py-1.5 text-xs`}
      />
      <Button size="sm" variant="primary" isBusy={isBusy} disabled={!canCommit} onClick={commit}>
        {all && hasTrackedChanges ? 'Commit all changes' : 'Commit'}
      </Button>
    </div>
  );
}
