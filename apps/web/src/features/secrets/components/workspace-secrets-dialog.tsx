'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { Card } from '#components/section.tsx';
import { SecretForm } from './secret-form.tsx';
import { SecretList } from './secret-list.tsx';

interface WorkspaceSecretsDialogProps {
  workspace: { id: string; name: string };
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function WorkspaceSecretsDialog({ workspace, isOpen, onOpenChange }: WorkspaceSecretsDialogProps) {
  const [editing, setEditing] = useState<{ name: string | undefined }>();
  const owner = { workspaceId: workspace.id };
  const stopEditing = () => setEditing(undefined);

  function change(next: boolean) {
    stopEditing();
    onOpenChange(next);
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={change}
      title={`Secrets of ${workspace.name}`}
      description="Environment variables of new terminals and commands, in place of those of the same name that its team or you have for all workspaces. Everyone who can run commands here can read them, and so can the agent."
      width="lg"
    >
      {editing === undefined ? (
        <>
          <Card>
            <SecretList
              owner={owner}
              hint="Add a token or a key that this workspace needs."
              onEdit={(name) => setEditing({ name })}
            />
          </Card>
          <DialogActions>
            <Button onClick={() => setEditing({ name: undefined })}>
              <Plus aria-hidden className="size-4" />
              New secret
            </Button>
            <Button variant="primary" onClick={() => change(false)}>
              Done
            </Button>
          </DialogActions>
        </>
      ) : (
        <SecretForm owner={owner} name={editing.name} onDone={stopEditing} />
      )}
    </Dialog>
  );
}
