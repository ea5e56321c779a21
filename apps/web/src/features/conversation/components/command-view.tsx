interface CommandViewProps {
  command: string;
  cwd: string | null;
  /** Shows a prompt before it. */
  isShell?: boolean;
}

/** A command, whole: nothing of what would run is ever hidden. */
export function CommandView({ command, cwd, isShell = true }: CommandViewProps) {
  return (
    <div className="min-w-0 overflow-hidden rounded-md border bg-surface font-mono text-xs leading-5">
      {cwd !== null && <p className="border-b bg-sunken px-2.5 py-1 text-ink-3">{cwd}</p>}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        className="max-h-80 overflow-auto whitespace-pre-wrap break-words px-2.5 py-1.5"
      >
        {isShell && (
          <span aria-hidden className="text-ink-3 select-none">
            ${' '}
          </span>
        )}
        {command}
      </pre>
    </div>
  );
}
