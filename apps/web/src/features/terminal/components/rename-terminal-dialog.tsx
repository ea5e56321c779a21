'use client';

import type { Terminal } from '@podex/contracts/terminals';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { useRenameTerminal } from '../api/terminals-query.ts';

const NAME_MAX = 80;

interface RenameTerminalDialogProps {
  workspaceId: string;
  /** Undefined: it is closed. */
  terminal: Terminal | undefined;
  onDone: () => void;
}

export function RenameTerminalDialog({ workspaceId, terminal, onDone }: RenameTerminalDialogProps) {
  const rename = useRenameTerminal(workspaceId);
  return (
    <PromptDialog
      isOpen={terminal !== undefined}
      onOpenChange={onDone}
      title="Rename terminal"
      label="Name"
      initialValue={terminal?.name}
      maxLength={NAME_MAX}
      action="Rename"
      request={rename}
      onSubmit={(name) =>
        terminal === undefined ? undefined : rename.mutate({ id: terminal.id, name }, { onSuccess: onDone })
      }
    />
  );
}
