'use client';

import type { Terminal } from '@podex/contracts/terminals';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { useOpenTerminal } from '../api/terminals-query.ts';

const NAME_MAX_LENGTH = 80;
const SHELL_MAX_LENGTH = 255;

interface NewTerminalDialogProps {
  workspaceId: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onOpened: (terminal: Terminal) => void;
}

/** A terminal with a name of its own, another shell, or a folder to begin in. */
export function NewTerminalDialog({ workspaceId, isOpen, onOpenChange, onOpened }: NewTerminalDialogProps) {
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title="New terminal" width="sm">
      <NewTerminalForm
        workspaceId={workspaceId}
        onCancel={() => onOpenChange(false)}
        onOpened={(opened) => {
          onOpenChange(false);
          onOpened(opened);
        }}
      />
    </Dialog>
  );
}

interface NewTerminalFormProps extends Pick<NewTerminalDialogProps, 'workspaceId' | 'onOpened'> {
  onCancel: () => void;
}

function NewTerminalForm({ workspaceId, onCancel, onOpened }: NewTerminalFormProps) {
  const open = useOpenTerminal(workspaceId);
  const onSubmit = (values: FormData) =>
    open.mutate(
      { name: given(values, 'name'), shell: given(values, 'shell'), cwd: given(values, 'cwd') },
      { onSuccess: onOpened },
    );
  return (
    <Form request={open} action="Open" onCancel={onCancel} onSubmit={onSubmit}>
      <TextField label="Name" name="name" isOptional maxLength={NAME_MAX_LENGTH} autoComplete="off" />
      <TextField
        label="Shell"
        name="shell"
        isOptional
        maxLength={SHELL_MAX_LENGTH}
        placeholder="zsh"
        autoComplete="off"
        spellCheck={false}
        hint="A program on the PATH or its path. Without it, your own shell."
      />
      <TextField
        label="Folder"
        name="cwd"
        isOptional
        placeholder="project/src"
        autoComplete="off"
        spellCheck={false}
        hint="Relative to your home folder."
      />
    </Form>
  );
}

function given(values: FormData, name: string): string | undefined {
  return fieldText(values, name).trim() || undefined;
}
