'use client';

import { useState } from 'react';
import type { RequestState } from '#lib/request-state.ts';
import { Button } from './button.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

interface RemoveButtonProps {
  /** A verb: Remove, Delete, Revoke. */
  action: string;
  /** What is removed. */
  name: string;
  title: string;
  /** What ends with it, and what does not. */
  description: string;
  request: RequestState;
  onConfirm: () => void;
}

/** Ends something in a list, after a question. */
export function RemoveButton({ action, name, title, description, request, onConfirm }: RemoveButtonProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`${action} ${name}`}>
        {action}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={title}
        description={description}
        action={action}
        isDangerous
        request={request}
        onConfirm={onConfirm}
      />
    </>
  );
}
