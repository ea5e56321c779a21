'use client';

import type { Terminal } from '@podex/contracts/terminals';
import { useQuery } from '@tanstack/react-query';
import { Bot, ChevronDown, Plus, SquareTerminal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { TabStrip } from '#components/tab-strip.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { terminalsQuery, useCloseTerminal, useOpenTerminal } from '../api/terminals-query.ts';
import { NewTerminalDialog } from './new-terminal-dialog.tsx';
import { RenameTerminalDialog } from './rename-terminal-dialog.tsx';
import { TerminalScreen } from './terminal-screen.tsx';

interface TerminalPanelProps {
  workspaceId: string;
  /** They are watched: nothing is typed, opened or closed. */
  isReadOnly: boolean;
  /** A command that was entered printed something: files may have changed. */
  onCommandOutput: () => void;
}

/** The terminals of a running workspace as tabs. They live in the workspace, so they are there again after a reload. */
export function TerminalPanel({ workspaceId, isReadOnly, onCommandOutput }: TerminalPanelProps) {
  const { terminals, list, active, open, choose, openAnother, closeOne, focus } = useTerminals(workspaceId, {
    isReadOnly,
  });
  const visited = useVisited(active?.id);
  const [isChoosing, setIsChoosing] = useState(false);
  const [renaming, setRenaming] = useState<string>();
  return (
    <section
      aria-label="Terminal"
      data-testid="terminal"
      className="flex h-full min-w-0 flex-col bg-terminal"
    >
      <TabStrip
        label="Terminals"
        tabs={list.map((terminal) => ({
          id: terminal.id,
          label: titleOf(terminal, list),
          title: terminal.command_id === null ? undefined : 'Started by the agent. You can type here, too.',
          icon: terminal.command_id === null ? <SquareTerminal aria-hidden /> : <Bot aria-hidden />,
        }))}
        activeId={active?.id}
        onSelect={choose}
        onClose={isReadOnly ? undefined : closeOne}
        onRename={isReadOnly ? undefined : setRenaming}
        actions={
          isReadOnly ? (
            <Badge>View only</Badge>
          ) : (
            <>
              <IconButton size="sm" label="New terminal" disabled={open.isPending} onClick={openAnother}>
                <Plus aria-hidden />
              </IconButton>
              <IconButton size="sm" label="New terminal with options" onClick={() => setIsChoosing(true)}>
                <ChevronDown aria-hidden />
              </IconButton>
            </>
          )
        }
      />
      <NewTerminalDialog
        workspaceId={workspaceId}
        isOpen={isChoosing}
        onOpenChange={setIsChoosing}
        onOpened={({ id }) => choose(id)}
      />
      <RenameTerminalDialog
        workspaceId={workspaceId}
        terminal={list.find(({ id }) => id === renaming)}
        onDone={() => setRenaming(undefined)}
      />
      <div className="relative min-h-0 flex-1">
        {list
          .filter(({ id }) => visited.has(id))
          .map(({ id }) => (
            <TerminalScreen
              key={id}
              workspaceId={workspaceId}
              terminalId={id}
              isActive={id === active?.id}
              isReadOnly={isReadOnly}
              isFocusWanted={id === focus.wanted}
              onFocused={focus.done}
              onCommandOutput={onCommandOutput}
              onClose={() => (isReadOnly ? terminals.refetch() : closeOne(id))}
              // After a break the list says which terminals are still there.
              onState={({ connection, rejection }) =>
                connection === 'reconnecting' || rejection !== null ? terminals.refetch() : undefined
              }
            />
          ))}
        {list.length === 0 && (
          <NoTerminal
            isPending={terminals.isPending || open.isPending}
            error={terminals.error ?? open.error}
            onRetry={() => (terminals.isError || isReadOnly ? terminals.refetch() : openAnother())}
            isReadOnly={isReadOnly}
          />
        )}
      </div>
    </section>
  );
}

/** Nothing tells a watcher that another person has opened a terminal or closed one. */
const WATCHER_LOOKS_EVERY_MS = 5_000;

function useTerminals(workspaceId: string, { isReadOnly }: { isReadOnly: boolean }) {
  const terminals = useQuery({
    ...terminalsQuery(workspaceId),
    refetchInterval: isReadOnly ? WATCHER_LOOKS_EVERY_MS : false,
  });
  const open = useOpenTerminal(workspaceId);
  const close = useCloseTerminal(workspaceId);
  const [chosen, setChosen] = useState<string>();
  const [focusWanted, setFocusWanted] = useState<string>();
  const list = terminals.data ?? [];
  useFirstTerminal(isReadOnly ? undefined : terminals.data, () => open.mutate({}));

  const choose = (id: string) => {
    setChosen(id);
    setFocusWanted(id);
  };
  const openAnother = () =>
    open.mutate(
      {},
      {
        onSuccess: ({ id }) => choose(id),
        onError: (error) => toast.error("Couldn't open a terminal", { description: messageOf(error) }),
      },
    );
  const closeOne = (id: string) =>
    close.mutate(id, {
      onError: (error) => toast.error("Couldn't close the terminal", { description: messageOf(error) }),
    });
  return {
    terminals,
    list,
    active: list.find(({ id }) => id === chosen) ?? list.at(-1),
    open,
    choose,
    openAnother,
    closeOne,
    focus: { wanted: focusWanted, done: () => setFocusWanted(undefined) },
  };
}

interface NoTerminalProps {
  isReadOnly: boolean;
  isPending: boolean;
  error: unknown;
  onRetry: () => void;
}

function NoTerminal({ isPending, isReadOnly, error, onRetry }: NoTerminalProps) {
  if (isPending) {
    return (
      <p role="status" className="p-4 text-ink-3 text-xs">
        {isReadOnly ? 'Looking for terminals…' : 'Opening a terminal…'}
      </p>
    );
  }
  if (error !== null)
    return <ErrorState title="Couldn't open a terminal" message={messageOf(error)} onRetry={onRetry} />;
  if (isReadOnly) {
    return (
      <EmptyState icon={<SquareTerminal />} title="No open terminal">
        You see a terminal here as soon as someone opens one.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<SquareTerminal />}
      title="No open terminal"
      actions={<Button onClick={onRetry}>Open a terminal</Button>}
    />
  );
}

/** "bash", and "bash 2" for the second of that name. */
function titleOf(terminal: Terminal, list: readonly Terminal[]): string {
  const before = list.slice(0, list.indexOf(terminal)).filter(({ name }) => name === terminal.name).length;
  const name = before === 0 ? terminal.name : `${terminal.name} ${before + 1}`;
  return terminal.status === 'exited' ? `${name} (ended)` : name;
}

/** A terminal attaches when it is first shown, and stays attached. */
function useVisited(activeId: string | undefined): ReadonlySet<string> {
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  if (activeId === undefined || visited.has(activeId)) return visited;
  const next = new Set([...visited, activeId]);
  setVisited(next);
  return next;
}

/** A workspace without any terminal gets one, once per visit: closing the last one is respected. */
function useFirstTerminal(terminals: readonly Terminal[] | undefined, openFirst: () => void): void {
  const isDecided = useRef(false);
  const isEmpty = terminals?.length === 0;
  useEffect(() => {
    if (terminals === undefined || isDecided.current) return;
    isDecided.current = true;
    if (isEmpty) openFirst();
  });
}
