'use client';

import { type Share, shareRole } from '@podex/contracts/access';
import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { AddPersonForm } from '#components/add-person-form.tsx';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { PersonRow } from '#components/person-row.tsx';
import { Card } from '#components/section.tsx';
import { Select } from '#components/select-field.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { sharesQuery, useChangeShare, useShareWorkspace, useStopSharing } from '../api/shares.ts';
import { RELATION_NAMES, ROLE_HINTS } from '../model/sharing.ts';

const ROLES = shareRole.options.map((value) => ({ value, label: RELATION_NAMES[value] }));

interface ShareDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** With whom a workspace is shared. For its owners. */
export function ShareDialog({ workspace, isOpen, onOpenChange }: ShareDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Share ${workspace.name}`}
      description={`${
        workspace.team_id === null ? '' : 'Its team has it already. '
      }People you add see it in their list of workspaces at once. Who can run commands in it can read its secrets.`}
      width="lg"
    >
      <div className="flex flex-col gap-5">
        <AddPerson workspaceId={workspace.id} />
        <People workspaceId={workspace.id} />
      </div>
      <DialogActions>
        <Button variant="primary" onClick={() => onOpenChange(false)}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function AddPerson({ workspaceId }: { workspaceId: string }) {
  const add = useShareWorkspace(workspaceId);
  return (
    <AddPersonForm
      request={add}
      action="Share"
      roles={ROLES}
      initialRole="viewer"
      hints={ROLE_HINTS}
      onAdd={(person, done) =>
        add.mutate(person, {
          onSuccess: ({ name }) => {
            done();
            toast.success(`Shared with ${name || person.email}`);
          },
        })
      }
    />
  );
}

function People({ workspaceId }: { workspaceId: string }) {
  const shares = useQuery(sharesQuery(workspaceId));
  return (
    <Card>
      <LoadedRows
        query={shares}
        what="with whom it is shared"
        label="People"
        height="h-16"
        empty={<p className="p-4 text-ink-2 text-sm">Not shared with anyone yet.</p>}
      >
        {(share) => <SharedPerson key={share.user_id} workspaceId={workspaceId} share={share} />}
      </LoadedRows>
    </Card>
  );
}

function SharedPerson({ workspaceId, share }: { workspaceId: string; share: Share }) {
  const change = useChangeShare(workspaceId, share.user_id);
  const stop = useStopSharing(workspaceId, share.user_id);
  const error = change.error ?? stop.error;
  const isBusy = change.isPending || stop.isPending;
  return (
    <PersonRow name={share.name} email={share.email} error={error === null ? undefined : messageOf(error)}>
      <div className="w-28">
        <Select
          aria-label={`Role of ${share.name || share.email}`}
          value={change.isPending ? change.variables : share.role}
          options={ROLES}
          disabled={isBusy}
          onChoose={(role) => change.mutate(role)}
        />
      </div>
      <Button
        size="sm"
        isBusy={stop.isPending}
        disabled={isBusy}
        aria-label={`Stop sharing with ${share.name || share.email}`}
        onClick={() => stop.mutate()}
      >
        Remove
      </Button>
    </PersonRow>
  );
}
