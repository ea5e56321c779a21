'use client';

import { createShareInput, type Share, type ShareRole, shareRole } from '@podex/contracts/access';
import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { PersonRow } from '#components/person-row.tsx';
import { Select, SelectField } from '#components/select-field.tsx';
import { Skeleton } from '#components/skeleton.tsx';
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
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<ShareRole>('viewer');
  const [problem, setProblem] = useState<string>();
  const add = useShareWorkspace(workspaceId);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const input = createShareInput.safeParse({ email, role });
    setProblem(input.success ? undefined : 'Enter an email address.');
    if (!input.success) return;
    add.mutate(input.data, {
      onSuccess: ({ name }) => {
        setEmail('');
        toast.success(`Shared with ${name || input.data.email}`);
      },
    });
  }

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-3">
      {add.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(add.error)}
        </Notice>
      )}
      <div className="grid items-start gap-3 sm:grid-cols-[1fr_9rem]">
        <TextField
          label="Email"
          type="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={problem}
        />
        <SelectField label="Role" value={role} options={ROLES} onChoose={setRole} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-60 text-ink-2 text-xs">{ROLE_HINTS[role]}</p>
        <Button type="submit" isBusy={add.isPending}>
          Share
        </Button>
      </div>
    </form>
  );
}

function People({ workspaceId }: { workspaceId: string }) {
  const shares = useQuery(sharesQuery(workspaceId));
  if (shares.data === undefined) {
    if (!shares.isError) return <Skeleton className="h-16 w-full" />;
    return (
      <ErrorState
        title="Couldn't load with whom it is shared"
        message={messageOf(shares.error)}
        isRetrying={shares.isFetching}
        onRetry={() => shares.refetch()}
      />
    );
  }
  if (shares.data.length === 0)
    return (
      <p className="rounded-lg border border-dashed p-4 text-ink-2 text-sm">Not shared with anyone yet.</p>
    );
  return (
    <ul aria-label="People" className="divide-y divide-line rounded-lg border">
      {shares.data.map((share) => (
        <SharedPerson key={share.user_id} workspaceId={workspaceId} share={share} />
      ))}
    </ul>
  );
}

function SharedPerson({ workspaceId, share }: { workspaceId: string; share: Share }) {
  const change = useChangeShare(workspaceId, share.user_id);
  const stop = useStopSharing(workspaceId, share.user_id);
  const error = change.error ?? stop.error;
  const isBusy = change.isPending || stop.isPending;
  return (
    <PersonRow name={share.name} email={share.email} error={error === null ? undefined : messageOf(error)}>
      <Select
        aria-label={`Role of ${share.name || share.email}`}
        className="w-28"
        value={change.isPending ? change.variables : share.role}
        options={ROLES}
        disabled={isBusy}
        onChoose={(role) => change.mutate(role)}
      />
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
