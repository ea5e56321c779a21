'use client';

import { EditorView } from '@codemirror/view';
import { useEffect, useMemo, useRef } from 'react';
import { compareFile, type FileChange } from '#lib/file-diff.ts';

/** What changes in a file, in one column, with line numbers of the new text. Loaded with CodeMirror. */
export function FileDiffView({ path, before, after }: FileChange) {
  const element = useRef<HTMLDivElement>(null);
  const diff = useMemo(() => compareFile({ path, before, after }), [path, before, after]);
  const isSame = diff.added + diff.removed === 0;
  useEffect(() => {
    if (element.current === null) return undefined;
    const view = new EditorView({ state: diff.state, parent: element.current });
    return () => view.destroy();
  }, [diff]);
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border bg-surface">
      <figcaption className="flex items-center gap-2 border-b bg-sunken px-2.5 py-1 text-xs">
        <span className="min-w-0 flex-1 truncate font-mono text-ink-2">{path}</span>
        {before === null && <span className="text-ink-3">New file</span>}
        {after === null && <span className="text-ink-3">Deleted file</span>}
        <span className="font-mono text-success">+{diff.added}</span>
        {diff.removed > 0 && <span className="font-mono text-danger">−{diff.removed}</span>}
      </figcaption>
      {isSame && <p className="px-2.5 py-1.5 text-ink-3 text-xs">No changes.</p>}
      <div ref={element} hidden={isSame} data-testid="diff" />
    </figure>
  );
}
