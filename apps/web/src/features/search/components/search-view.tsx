'use client';

import { countOf } from '@podex/contracts/text';
import { CaseSensitive, Ellipsis, Regex, WholeWord } from 'lucide-react';
import { useEffect, useId, useRef, useState, useSyncExternalStore } from 'react';
import { Button } from '#components/button.tsx';
import { CONTROL_CLASS } from '#components/field.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Spinner } from '#components/spinner.tsx';
import { type ContentQuery, MATCHES_MAX } from '../api/search.ts';
import type { ContentSearchSnapshot } from '../model/content-search.ts';
import type { SearchSession } from '../model/search-session.ts';
import { type ReplacingOptions, useReplacing } from '../model/use-replacing.ts';
import { ReplaceBar } from './replace-bar.tsx';
import { SearchResults } from './search-results.tsx';
import type { FoundPlace } from './search-rows.tsx';
import { SkippedPlaces } from './skipped-places.tsx';

interface SearchViewProps {
  session: SearchSession;
  /** Grows each time the field is to have the focus. */
  focusRequests: number;
  onOpen: (place: FoundPlace) => void;
  /** Nothing can be replaced. */
  isReadOnly: boolean;
  replacing: Pick<ReplacingOptions, 'workspaceId' | 'makeCheckpoint' | 'onReplaced'>;
}

/** Searches the contents of all files; results come as they are found, and can be replaced. */
export function SearchView({ session, focusRequests, onOpen, isReadOnly, ...on }: SearchViewProps) {
  const { search, query, change } = session;
  const snapshot = useSyncExternalStore(search.onChange, search.getSnapshot, search.getSnapshot);
  const field = useRef<HTMLInputElement>(null);
  // Its snapshot says how it ended.
  const onSearch = () => void search.run(query);
  const replacing = useReplacing({
    ...on.replacing,
    query,
    found: snapshot,
    onReplaced(checkpointId) {
      onSearch();
      return on.replacing.onReplaced(checkpointId);
    },
  });

  useEffect(() => {
    if (focusRequests === 0) return;
    field.current?.focus();
    field.current?.select();
  }, [focusRequests]);

  return (
    <section aria-label="Search" data-testid="search" className="flex h-full min-w-0 flex-col bg-sunken">
      <SearchForm query={query} field={field} onChange={change} onSubmit={onSearch} />
      {!isReadOnly && <ReplaceBar replacing={replacing} isCut={snapshot.isCut} />}
      <SearchStatus snapshot={snapshot} query={query} onStop={() => search.stop()} />
      <SearchResults
        files={snapshot.files}
        onOpen={onOpen}
        replacing={replacing.isOpen ? replacing : undefined}
      />
      <SkippedPlaces places={snapshot.skipped} count={snapshot.skippedCount} />
    </section>
  );
}

interface SearchFormProps {
  query: ContentQuery;
  field: React.RefObject<HTMLInputElement | null>;
  onChange: (change: Partial<ContentQuery>) => void;
  onSubmit: () => void;
}

function SearchForm({ query, field, onChange, onSubmit }: SearchFormProps) {
  const [hasGlobs, setGlobs] = useState(query.include !== '' || query.exclude !== '');
  const { isCaseSensitive, isWholeWord, isRegex } = query;
  return (
    <search>
      <form
        className="flex flex-col gap-1.5 p-2"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <input
          ref={field}
          type="search"
          aria-label="Search files"
          placeholder="Search files"
          autoComplete="off"
          spellCheck={false}
          maxLength={1_000}
          value={query.text}
          onChange={(event) => onChange({ text: event.target.value })}
          className={`${CONTROL_CLASS} h-7 text-xs`}
        />
        <div className="flex items-center gap-0.5">
          <IconButton
            size="sm"
            label="Match case"
            isPressed={isCaseSensitive}
            onClick={() => onChange({ isCaseSensitive: !isCaseSensitive })}
          >
            <CaseSensitive aria-hidden />
          </IconButton>
          <IconButton
            size="sm"
            label="Match whole word"
            isPressed={isWholeWord}
            onClick={() => onChange({ isWholeWord: !isWholeWord })}
          >
            <WholeWord aria-hidden />
          </IconButton>
          <IconButton
            size="sm"
            label="Use regular expression"
            isPressed={isRegex}
            onClick={() => onChange({ isRegex: !isRegex })}
          >
            <Regex aria-hidden />
          </IconButton>
          <span className="flex-1" />
          <IconButton
            size="sm"
            label="Files to include and exclude"
            isPressed={hasGlobs}
            onClick={() => setGlobs(!hasGlobs)}
          >
            <Ellipsis aria-hidden />
          </IconButton>
        </div>
        {hasGlobs && (
          <>
            <GlobField
              label="Files to include"
              value={query.include}
              onChange={(include) => onChange({ include })}
            />
            <GlobField
              label="Files to exclude"
              value={query.exclude}
              onChange={(exclude) => onChange({ exclude })}
            />
          </>
        )}
      </form>
    </search>
  );
}

interface GlobFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function GlobField({ label, value, onChange }: GlobFieldProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-0.5">
      <label htmlFor={id} className="text-2xs text-ink-3">
        {label}
      </label>
      <input
        id={id}
        value={value}
        placeholder="src, *.ts"
        autoComplete="off"
        spellCheck={false}
        maxLength={1_000}
        onChange={(event) => onChange(event.target.value)}
        className={`${CONTROL_CLASS} h-7 text-xs`}
      />
    </div>
  );
}

interface SearchStatusProps {
  snapshot: ContentSearchSnapshot;
  query: ContentQuery;
  onStop: () => void;
}

function SearchStatus({ snapshot, query, onStop }: SearchStatusProps) {
  const { status, error } = snapshot;
  if (query.text === '') return null;
  return (
    <div className="flex min-h-7 shrink-0 items-center gap-2 px-3 pb-1 text-2xs text-ink-3">
      {status === 'searching' && <Spinner className="size-3" />}
      <p role="status" className="min-w-0 flex-1">
        {error === null ? words(snapshot) : <span className="text-danger">{error}</span>}
      </p>
      {status === 'searching' && (
        <Button size="sm" variant="ghost" onClick={onStop}>
          Stop
        </Button>
      )}
    </div>
  );
}

function words({ status, count, files, isCut }: ContentSearchSnapshot): string {
  if (count === 0) return status === 'searching' ? 'Searching…' : status === 'done' ? 'No results' : '';
  const found = `${countOf(count, 'result')} in ${countOf(files.length, 'file')}`;
  if (status === 'stopped') return `${found}, stopped`;
  if (!isCut) return found;
  return count >= MATCHES_MAX
    ? `The first ${found}. Narrow your search to see the rest.`
    : `${found}. The search took too long to finish.`;
}
