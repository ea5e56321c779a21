'use client';

import type { NetworkMode, NetworkPolicy } from '@podex/contracts/network-policies';
import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { toast } from '#components/toaster.tsx';
import { networkPolicyQuery, useSetNetworkPolicy } from '../api/network-policy.ts';
import { NETWORK_MODES, readNetworkForm } from '../model/network-form.ts';
import { NetworkFields } from './network-fields.tsx';

interface NetworkDialogProps {
  workspace: Workspace;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** What a workspace may reach. For its owners. */
export function NetworkDialog({ workspace, isOpen, onOpenChange }: NetworkDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="Network access"
      description="What programs in this workspace can reach. A change applies at once, and connections that are no longer allowed are closed."
      width="sm"
    >
      <NetworkPolicyForm workspace={workspace} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NetworkPolicyForm({ workspace, onDone }: { workspace: Workspace; onDone: () => void }) {
  const policy = useQuery(networkPolicyQuery(workspace.id));
  return (
    <Loaded query={policy} what="what it can reach">
      {(loaded) => <PolicyForm workspaceId={workspace.id} policy={loaded} onDone={onDone} />}
    </Loaded>
  );
}

interface PolicyFormProps {
  workspaceId: string;
  policy: NetworkPolicy;
  onDone: () => void;
}

function PolicyForm({ workspaceId, policy, onDone }: PolicyFormProps) {
  const [mode, setMode] = useState<NetworkMode>(policy.mode);
  const [problem, setProblem] = useState<string>();
  const change = useSetNetworkPolicy(workspaceId);

  function onSubmit(values: FormData) {
    const read = readNetworkForm(mode, fieldText(values, 'allow'));
    setProblem('problem' in read ? read.problem : undefined);
    if ('problem' in read) return;
    change.mutate(read.policy, {
      onSuccess: ({ in_force: isInForce }) => {
        toast.success(isInForce ? 'Network access changed' : 'Saved. It applies in a moment.');
        onDone();
      },
    });
  }

  return (
    <Form request={change} action="Save" onCancel={onDone} onSubmit={onSubmit}>
      <NetworkFields
        label="Can reach"
        choice={mode}
        options={NETWORK_MODES}
        onChoose={setMode}
        problem={problem}
        allow={policy.allow}
      />
    </Form>
  );
}
