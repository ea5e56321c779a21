'use client';

import {
  createWorkspaceInput,
  WORKSPACE_SIZES,
  type Workspace,
  type WorkspaceSize,
  workspaceSize,
} from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { RadioGroup } from 'radix-ui';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { SelectField } from '#components/select-field.tsx';
import { formatMegabytes } from '#lib/format.ts';
import { teamsQuery } from '#lib/teams-query.ts';
import { useCreateWorkspace } from '../api/change-workspace.ts';
import { NEW_NETWORK_MODES, type NetworkChoice, readNewNetworkForm } from '../model/network-form.ts';
import { teamsToUse } from '../model/sharing.ts';
import { NetworkFields } from './network-fields.tsx';
import { ANYWHERE, RegionFields, type RegionWish } from './region-fields.tsx';

interface CreateWorkspaceDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onCreated: (workspace: Workspace) => void;
}

export function CreateWorkspaceDialog({ isOpen, onOpenChange, onCreated }: CreateWorkspaceDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="New workspace"
      description="An isolated Linux machine with a terminal, files and an agent."
    >
      <CreateWorkspaceForm onCancel={() => onOpenChange(false)} onCreated={onCreated} />
    </Dialog>
  );
}

/** The choice that is no team. */
const MYSELF = 'myself';

type Problems = Partial<Record<string, string>>;

function CreateWorkspaceForm({
  onCancel,
  onCreated,
}: {
  onCancel: () => void;
  onCreated: (workspace: Workspace) => void;
}) {
  const [size, setSize] = useState<WorkspaceSize>('small');
  const [place, setPlace] = useState(MYSELF);
  const teams = teamsToUse(useQuery(teamsQuery()).data ?? []);
  const [region, setRegion] = useState<RegionWish>(ANYWHERE);
  const [network, setNetwork] = useState<NetworkChoice>('default');
  const [problems, setProblems] = useState<Problems>({});
  const create = useCreateWorkspace();

  function onSubmit(values: FormData) {
    const policy = readNewNetworkForm(network, fieldText(values, 'allow'));
    const input = createWorkspaceInput.safeParse({
      ...readForm(values, size),
      ...region,
      ...(place === MYSELF ? {} : { team_id: place }),
      ...('problem' in policy ? {} : { network_policy: policy.policy }),
    });
    setProblems({
      ...(input.success ? {} : problemsOf(input.error.issues)),
      ...('problem' in policy ? { allow: policy.problem } : {}),
    });
    if (input.success && !('problem' in policy)) create.mutate(input.data, { onSuccess: onCreated });
  }

  return (
    <Form request={create} action="Create" onCancel={onCancel} onSubmit={onSubmit}>
      <TextField
        label="Name"
        name="name"
        placeholder="shop-frontend"
        autoComplete="off"
        autoFocus
        error={problems.name}
      />
      {teams.length > 0 && (
        <SelectField
          label="Owner"
          hint={place === MYSELF ? 'Only you, and people you share it with.' : 'Everyone in the team has it.'}
          value={place}
          options={[
            { value: MYSELF, label: 'Yourself' },
            ...teams.map(({ id, name }) => ({ value: id as string, label: name })),
          ]}
          onChoose={setPlace}
        />
      )}
      <SizeChoice size={size} onChoose={setSize} />
      <RegionFields wish={region} onChoose={setRegion} />
      <GitFields problems={problems} />
      <NetworkFields
        label="Network access"
        choice={network}
        options={NEW_NETWORK_MODES}
        onChoose={setNetwork}
        problem={problems.allow}
      />
    </Form>
  );
}

function GitFields({ problems }: { problems: Problems }) {
  return (
    <div className="grid gap-4 sm:grid-cols-[1fr_9rem]">
      <TextField
        label="Git URL"
        name="git_url"
        placeholder="https://github.com/you/project.git"
        autoComplete="off"
        isOptional
        error={problems.git_url}
      />
      <TextField
        label="Branch"
        name="branch"
        placeholder="main"
        autoComplete="off"
        isOptional
        error={problems.branch}
      />
    </div>
  );
}

/** A field that is left empty is left out. */
function readForm(form: FormData, size: WorkspaceSize): Record<string, unknown> {
  const texts = ['name', 'git_url', 'branch'].map((name) => [name, String(form.get(name) ?? '').trim()]);
  return { size, ...Object.fromEntries(texts.filter(([name, text]) => name === 'name' || text !== '')) };
}

interface Issue {
  path: PropertyKey[];
  message: string;
}

function problemsOf(issues: readonly Issue[]): Problems {
  return Object.fromEntries(issues.map((issue) => [String(issue.path[0]), problemOf(issue)]));
}

function problemOf({ path, message }: Issue): string {
  if (path[0] === 'git_url') return 'Enter a URL such as https://github.com/you/project.git.';
  if (path[0] !== 'name') return message;
  return 'Start with a letter or digit. Use only letters, digits, spaces, dots, dashes and underscores.';
}

function SizeChoice({ size, onChoose }: { size: WorkspaceSize; onChoose: (size: WorkspaceSize) => void }) {
  return (
    <div className="flex flex-col gap-1.5">
      <span id="workspace-size" className="font-medium text-xs">
        Size
      </span>
      <RadioGroup.Root
        value={size}
        aria-labelledby="workspace-size"
        onValueChange={(value) => onChoose(workspaceSize.parse(value))}
        className="grid grid-cols-3 gap-2"
      >
        {workspaceSize.options.map((option) => {
          const { cpu, memory_mb, disk_gb } = WORKSPACE_SIZES[option];
          return (
            <RadioGroup.Item
              key={option}
              value={option}
              className={clsx(
                'flex flex-col items-start gap-0.5 rounded-lg border px-3 py-2 text-left transition-colors',
                option === size ? 'border-accent bg-accent-soft' : 'border-line-strong hover:bg-hover',
              )}
            >
              <span className="font-medium text-sm capitalize">{option}</span>
              <span className="text-2xs text-ink-2">
                {cpu} CPU · {formatMegabytes(memory_mb)}
              </span>
              <span className="text-2xs text-ink-2">{disk_gb} GB disk</span>
            </RadioGroup.Item>
          );
        })}
      </RadioGroup.Root>
    </div>
  );
}
