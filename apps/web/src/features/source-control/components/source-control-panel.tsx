'use client';

import type { GitStatus } from '@podex/contracts/git';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { GitBranch } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { Segmented } from '#components/segmented.tsx';
import { Select } from '#components/select-field.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type GitAction, useGitAction, useGitSelection } from '../api/git-actions.ts';
import { gitKey, type Repository, repositoriesQuery, statusQuery } from '../api/git-query.ts';
import { type ChangeGroup, type ChangeRow, groupChanges } from '../model/changes.ts';
import { BranchMenu } from './branch-menu.tsx';
import { ChangeList } from './change-list.tsx';
import { CommitBox } from './commit-box.tsx';
import type { OpenDiff } from './diff-panel.tsx';
import { GitFailure } from './git-failure.tsx';
import { HistoryList } from './history-list.tsx';
import { StashList } from './stash-list.tsx';
import { MoreMenu, SyncButtons } from './sync-buttons.tsx';

interface SourceControlPanelProps {
  workspaceId: string;
  isReadOnly: boolean;
  isShown: boolean;
  openDiff: OpenDiff | undefined;
  onOpenDiff: (diff: OpenDiff) => void;
  /** Opens a file in the editor. */
  onOpenFile: (path: string) => void;
  /** Git may have written files. */
  onFilesTouched: () => void;
}

/** Git in the workspace: what has changed, and what people do with it. */
export function SourceControlPanel(props: SourceControlPanelProps) {
  const { workspaceId } = props;
  const repositories = useQuery(repositoriesQuery(workspaceId));
  const [chosen, setChosen] = useState<string>();
  const items = repositories.data?.items ?? [];
  const path = items.find((item) => item.path === chosen)?.path ?? items[0]?.path;
  return (
    <section
      aria-label="Source control"
      data-testid="source-control"
      className="flex h-full min-w-0 flex-col bg-sunken"
    >
      {repositories.isError && <p className="p-3 text-danger text-xs">{messageOf(repositories.error)}</p>}
      {repositories.data !== undefined && path === undefined && (
        <EmptyState
          icon={<GitBranch />}
          title="No repository"
          actions={
            <Button size="sm" isBusy={repositories.isFetching} onClick={() => repositories.refetch()}>
              Look again
            </Button>
          }
        >
          Clone one in a terminal, or run git init in a folder.
        </EmptyState>
      )}
      {items.length > 1 && path !== undefined && (
        <div className="p-2 pb-0">
          <Select
            aria-label="Repository"
            value={path}
            onChoose={setChosen}
            options={items.map((item) => ({ value: item.path, label: item.name }))}
          />
        </div>
      )}
      {path !== undefined && <RepositoryView key={path} {...props} repository={{ workspaceId, path }} />}
    </section>
  );
}

type View = 'changes' | 'history';

function RepositoryView(props: SourceControlPanelProps & { repository: Repository }) {
  const { repository, isReadOnly, isShown, onFilesTouched } = props;
  const queryClient = useQueryClient();
  const status = useInfiniteQuery(statusQuery(repository, isShown));
  const action = useGitAction(repository);
  const [view, setView] = useState<View>('changes');
  const act = (wanted: GitAction, options: { onSuccess?: () => void } = {}) =>
    action.mutate(wanted, { ...options, onSettled: onFilesTouched });
  if (status.data === undefined) {
    return <GitFailure error={status.error} onDismiss={() => status.refetch()} />;
  }
  const doing = action.isPending ? action.variables.do : undefined;
  return (
    <>
      <div className="flex shrink-0 items-center gap-0.5 p-1.5 pl-2">
        <BranchMenu repository={repository} status={status.data} isReadOnly={isReadOnly} onAct={act} />
        {!isReadOnly && (
          <MoreMenu
            status={status.data}
            onAct={act}
            onRefresh={() => queryClient.invalidateQueries({ queryKey: gitKey(repository.workspaceId) })}
          />
        )}
      </div>
      {!isReadOnly && <SyncButtons status={status.data} doing={doing} onAct={act} />}
      <GitFailure error={action.error} onDismiss={() => action.reset()} />
      <Operation status={status.data} isReadOnly={isReadOnly} isBusy={doing === 'abort'} onAct={act} />
      <div className="px-2 py-1">
        <Segmented
          label="Show"
          value={view}
          onChoose={setView}
          options={[
            { value: 'changes', label: 'Changes' },
            { value: 'history', label: 'History' },
          ]}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        {view === 'changes' ? (
          <>
            <Changes {...props} status={status.data} isBusy={doing === 'commit'} onAct={act} />
            <MoreChanges
              status={status.data}
              isBusy={status.isFetchingNextPage}
              onMore={status.fetchNextPage}
            />
          </>
        ) : (
          <HistoryList
            repository={repository}
            onOpen={(commit, title) =>
              props.onOpenDiff({ repository, title, wanted: { source: 'commit', commit } })
            }
          />
        )}
      </div>
    </>
  );
}

interface OperationProps {
  status: GitStatus;
  isReadOnly: boolean;
  isBusy: boolean;
  onAct: (action: GitAction) => void;
}

function Operation({ status: { operation }, isReadOnly, isBusy, onAct }: OperationProps) {
  if (operation === null) return null;
  const name = operation.replace('_', '-');
  return (
    <div className="mx-2 mb-1 flex items-center gap-2 rounded-md border bg-surface px-2 py-1 text-xs">
      <span className="min-w-0 flex-1">
        A {name} is in progress. Resolve the conflicts, stage the files, then commit.
      </span>
      {!isReadOnly && (
        <Button size="sm" isBusy={isBusy} onClick={() => onAct({ do: 'abort', operation })}>
          Abort {name}
        </Button>
      )}
    </div>
  );
}

interface ChangesProps extends SourceControlPanelProps {
  repository: Repository;
  status: GitStatus;
  isBusy: boolean;
  onAct: (action: GitAction, options?: { onSuccess?: () => void }) => void;
}

const TITLES: readonly (readonly [ChangeGroup, string])[] = [
  ['conflicts', 'Conflicts'],
  ['staged', 'Staged changes'],
  ['changes', 'Changes'],
];

function Changes({ repository, status, isReadOnly, isBusy, openDiff, onAct, ...on }: ChangesProps) {
  const select = useGitSelection(repository);
  const groups = groupChanges(status);

  function open(group: ChangeGroup, row: ChangeRow) {
    if (row.isUntracked || group === 'conflicts') on.onOpenFile(`${status.root}/${row.path}`);
    else {
      const source = group === 'staged' ? 'staged' : 'unstaged';
      on.onOpenDiff({ repository, title: row.path, wanted: { source, file: row.path } });
    }
  }

  return (
    <>
      {!isReadOnly && (
        <CommitBox
          branch={status.branch}
          stagedCount={groups.staged.length}
          hasTrackedChanges={groups.changes.some((row) => !row.isUntracked)}
          isBusy={isBusy}
          onAct={onAct}
        />
      )}
      <GitFailure error={select.error} onDismiss={() => select.reset()} />
      {status.entries.length === 0 && <p className="px-3 py-2 text-ink-3 text-xs">No changes.</p>}
      {TITLES.map(([group, title]) => (
        <ChangeList
          key={group}
          title={title}
          group={group}
          rows={groups[group]}
          isReadOnly={isReadOnly}
          openPath={
            openDiff?.wanted.source === (group === 'staged' ? 'staged' : 'unstaged')
              ? openDiff.wanted.file
              : undefined
          }
          onOpen={(row) => open(group, row)}
          onChange={(change, selected) =>
            select.mutate({ change, selected }, { onSettled: on.onFilesTouched })
          }
        />
      ))}
      {status.stashes > 0 && (
        <StashList
          repository={repository}
          isReadOnly={isReadOnly}
          onOpen={(stash, title) => on.onOpenDiff({ repository, title, wanted: { source: 'stash', stash } })}
          onAct={onAct}
        />
      )}
    </>
  );
}

interface MoreChangesProps {
  status: GitStatus;
  isBusy: boolean;
  onMore: () => void;
}

function MoreChanges({ status: { next, truncated, entries }, isBusy, onMore }: MoreChangesProps) {
  if (!truncated) return null;
  return (
    <div className="flex items-center gap-2 px-3 py-2 text-ink-3 text-xs">
      <p className="min-w-0 flex-1">
        {entries.length.toLocaleString()} changes are shown.{' '}
        {next === null ? 'The rest is too long to list.' : ''}
      </p>
      {next !== null && (
        <Button size="sm" variant="ghost" isBusy={isBusy} onClick={onMore}>
          Show more
        </Button>
      )}
    </div>
  );
}
