interface TreeKeyEvent {
  key: string;
  target: EventTarget;
  preventDefault(): void;
}

/** Up and down move along what is visible; right unfolds or goes in, left folds or goes out; Enter and blank choose. */
export function moveTreeFocus(event: TreeKeyEvent, tree: HTMLElement | null): void {
  if (tree === null || !(event.target instanceof HTMLElement) || event.target.role !== 'treeitem') return;
  const target = actOn(event.key, event.target, [...tree.querySelectorAll<HTMLElement>('[role="treeitem"]')]);
  if (target === undefined) return;
  event.preventDefault();
  if (target === event.target) target.click();
  else target?.focus();
}

/** The row to go to, the row itself to choose it, null to stay; undefined for a key that means nothing here. */
function actOn(key: string, row: HTMLElement, rows: readonly HTMLElement[]): HTMLElement | null | undefined {
  const index = rows.indexOf(row);
  switch (key) {
    case 'ArrowDown':
      return rows[index + 1] ?? null;
    case 'ArrowUp':
      return rows[index - 1] ?? null;
    case 'Home':
      return rows[0] ?? null;
    case 'End':
      return rows.at(-1) ?? null;
    case 'ArrowRight':
      if (row.ariaExpanded === 'false') return row;
      return row.ariaExpanded === 'true' ? (rows[index + 1] ?? null) : null;
    case 'ArrowLeft':
      if (row.ariaExpanded === 'true') return row;
      return (
        rows.slice(0, index).findLast((other) => Number(other.ariaLevel) < Number(row.ariaLevel)) ?? null
      );
    case 'Enter':
    case ' ':
      return row;
    default:
      return undefined;
  }
}
