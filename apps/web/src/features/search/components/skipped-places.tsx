'use client';

import { shownPath } from '@podex/contracts/file-names';
import { countOf } from '@podex/contracts/text';

interface SkippedPlacesProps {
  /** The first of them. */
  places: readonly { path: string; reason: string }[];
  count: number;
}

/** What a search could not look into. */
export function SkippedPlaces({ places, count }: SkippedPlacesProps) {
  if (count === 0) return null;
  return (
    <details className="max-h-40 shrink-0 overflow-y-auto border-t px-3 py-1.5 text-2xs text-ink-3">
      <summary className="cursor-pointer">{`${countOf(count, 'place')} couldn't be searched`}</summary>
      <ul className="flex flex-col gap-1 pt-1.5">
        {places.map(({ path, reason }) => (
          <li key={path} className="break-words">
            <span className="text-ink-2">{shownPath(path)}</span> {reason}
          </li>
        ))}
        {count > places.length && <li>{`And ${count - places.length} more.`}</li>}
      </ul>
    </details>
  );
}
