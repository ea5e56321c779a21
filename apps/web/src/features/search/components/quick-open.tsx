'use client';

import { shownPath } from '@podex/contracts/file-names';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { Dialog as Radix } from 'radix-ui';
import { type KeyboardEvent, useId, useState } from 'react';
import { messageOf } from '#lib/api-client.ts';
import { namesQuery } from '../api/search.ts';

const HOME = '/home/dev/';

interface QuickOpenProps {
  workspaceId: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Shown while nothing is typed. */
  openPaths: readonly string[];
  onOpen: (path: string) => void;
}

/** Opens a file by some letters of its name. */
export function QuickOpen({ workspaceId, isOpen, onOpenChange, openPaths, onOpen }: QuickOpenProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-40 flex max-h-[60vh] w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 animate-pop flex-col overflow-hidden rounded-xl bg-raised shadow-3 focus:outline-none"
        >
          <Radix.Title className="sr-only">Go to file</Radix.Title>
          <FileChooser
            workspaceId={workspaceId}
            openPaths={openPaths}
            onChoose={(path) => {
              onOpenChange(false);
              onOpen(path);
            }}
          />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface FileChooserProps {
  workspaceId: string;
  openPaths: readonly string[];
  onChoose: (path: string) => void;
}

function FileChooser({ workspaceId, openPaths, onChoose }: FileChooserProps) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const names = useQuery({ ...namesQuery(workspaceId, text.trim()), placeholderData: keepPreviousData });
  const isTyped = text.trim() !== '';
  const paths = isTyped ? (names.data ?? []) : openPaths;
  const index = Math.min(chosen, Math.max(0, paths.length - 1));

  function onKeyDown(event: KeyboardEvent) {
    const path = paths[index];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' && path !== undefined) onChoose(path);
    else if (step === undefined || paths.length === 0) return;
    else setChosen((index + step + paths.length) % paths.length);
    event.preventDefault();
  }

  return (
    <>
      <input
        role="combobox"
        aria-label="Go to file"
        aria-expanded={paths.length > 0}
        aria-controls={listId}
        aria-activedescendant={paths.length > 0 ? `${listId}-${index}` : undefined}
        placeholder="Go to file"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
        className="h-11 w-full shrink-0 border-b bg-transparent px-4 text-sm placeholder:text-ink-3 focus:outline-none"
      />
      <div id={listId} role="listbox" aria-label="Files" className="min-h-0 overflow-y-auto py-1">
        {paths.map((path, at) => (
          <FileOption
            key={path}
            id={`${listId}-${at}`}
            path={path}
            isChosen={at === index}
            onChoose={() => onChoose(path)}
          />
        ))}
      </div>
      {paths.length === 0 && (
        <p role="status" className={clsx('px-4 py-3 text-sm', names.isError ? 'text-danger' : 'text-ink-3')}>
          {noteOf({ isTyped, isFetching: names.isFetching, error: names.error })}
        </p>
      )}
    </>
  );
}

function noteOf({
  isTyped,
  isFetching,
  error,
}: {
  isTyped: boolean;
  isFetching: boolean;
  error: Error | null;
}): string {
  if (!isTyped) return 'Type part of a file name.';
  if (error !== null) return messageOf(error);
  return isFetching ? 'Searching…' : 'No matching files';
}

interface FileOptionProps {
  id: string;
  path: string;
  isChosen: boolean;
  onChoose: () => void;
}

function FileOption({ id, path, isChosen, onChoose }: FileOptionProps) {
  const short = path.startsWith(HOME) ? path.slice(HOME.length) : path;
  const name = short.slice(short.lastIndexOf('/') + 1);
  const folder = short.slice(0, Math.max(0, short.length - name.length - 1));
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above listens to the keys of the list.
    <div
      id={id}
      ref={(element) => {
        if (isChosen) element?.scrollIntoView({ block: 'nearest' });
      }}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      title={shownPath(path)}
      onClick={onChoose}
      className={clsx(
        'mx-1 flex h-8 cursor-pointer items-center gap-2 rounded-md px-3 text-sm',
        isChosen ? 'bg-accent-soft' : 'hover:bg-hover',
      )}
    >
      <span className="shrink-0 truncate">{shownPath(name)}</span>
      <span className="min-w-0 flex-1 truncate text-ink-3 text-xs">{shownPath(folder)}</span>
    </div>
  );
}
