'use client';

import type { GitStatus } from '@podex/contracts/git';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, GitBranch, Plus } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { type GitAction, useGitAction } from '../api/git-actions.ts';
import { branchesQuery, type Repository } from '../api/git-query.ts';

interface BranchMenuProps {
  repository: Repository;
  status: GitStatus;
  isReadOnly: boolean;
  onAct: (action: GitAction) => void;
}

/** Branches that the repository lacks and its remotes have are checked out under their short name. */
export function BranchMenu({ repository, status, isReadOnly, onAct }: BranchMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [isNaming, setNaming] = useState(false);
  const create = useGitAction(repository);
  const branches = useQuery({ ...branchesQuery(repository), enabled: isOpen });
  const items = branches.data?.items ?? [];
  const local = items.filter(({ kind }) => kind === 'local').map(({ name }) => name);
  const known = new Set(local);
  const remote = items
    .filter(({ kind, name }) => kind === 'remote' && !known.has(withoutRemote(name)))
    .map(({ name }) => name);
  const current = status.branch ?? '';
  return (
    <>
      <Menu
        isOpen={isOpen}
        onOpenChange={setOpen}
        width="w-64"
        trigger={
          <button
            type="button"
            disabled={isReadOnly}
            aria-label={`Branch ${status.branch ?? 'none'}`}
            className="flex h-7 min-w-0 flex-1 items-center gap-1.5 rounded-md px-1.5 text-xs hover:bg-hover disabled:pointer-events-none"
          >
            <GitBranch aria-hidden className="size-3.5 shrink-0 text-ink-3" />
            <span className="truncate">
              {status.branch ?? `at ${status.head?.slice(0, 8) ?? 'no commit'}`}
            </span>
            {!isReadOnly && <ChevronDown aria-hidden className="size-3 shrink-0 text-ink-3" />}
          </button>
        }
      >
        <MenuItem icon={<Plus />} onSelect={() => setNaming(true)}>
          New branch…
        </MenuItem>
        <MenuSeparator />
        <MenuChoice
          value={current}
          onChoose={(branch) =>
            branch !== current &&
            onAct({ do: 'checkout', branch: known.has(branch) ? branch : withoutRemote(branch) })
          }
          options={[...local, ...remote].map((name) => ({ value: name, label: name }))}
        />
      </Menu>
      <PromptDialog
        isOpen={isNaming}
        onOpenChange={setNaming}
        title="New branch"
        label={`Name of the branch, from ${status.branch ?? 'this commit'}`}
        action="Create branch"
        maxLength={250}
        request={create}
        onSubmit={(branch) =>
          create.mutate({ do: 'checkout', branch, create: true }, { onSuccess: () => setNaming(false) })
        }
      />
    </>
  );
}

function withoutRemote(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
