import type { TreeRow } from './tree-rows.ts';

/** What a key does to the tree: goes to a row, chooses the one it is on, or stays. */
export type TreeStep = { kind: 'go'; index: number } | { kind: 'choose' } | { kind: 'stay' };

const PAGE_ROWS = 20;

/**
 * Up and down move along what is there; right unfolds or goes in, left folds or goes out; Enter and blank choose. Undefined for a key
 * that means nothing here.
 */
export function stepOf(key: string, rows: readonly TreeRow[], index: number): TreeStep | undefined {
  const go = (wanted: number): TreeStep => ({
    kind: 'go',
    index: Math.max(0, Math.min(wanted, rows.length - 1)),
  });
  const row = rows[index];
  switch (key) {
    case 'ArrowDown':
      return go(index + 1);
    case 'ArrowUp':
      return go(index - 1);
    case 'PageDown':
      return go(index + PAGE_ROWS);
    case 'PageUp':
      return go(index - PAGE_ROWS);
    case 'Home':
      return go(0);
    case 'End':
      return go(rows.length - 1);
    case 'ArrowRight':
      if (row?.kind !== 'entry' || row.entry.type !== 'directory') return { kind: 'stay' };
      return row.isExpanded ? go(index + 1) : { kind: 'choose' };
    case 'ArrowLeft':
      if (row?.kind === 'entry' && row.isExpanded) return { kind: 'choose' };
      return goOut(rows, index);
    case 'Enter':
    case ' ':
      return { kind: 'choose' };
    default:
      return undefined;
  }
}

function goOut(rows: readonly TreeRow[], index: number): TreeStep {
  const depth = rows[index]?.depth ?? 0;
  const above = rows.slice(0, index).findLastIndex((row) => row.depth < depth);
  return above === -1 ? { kind: 'stay' } : { kind: 'go', index: above };
}
