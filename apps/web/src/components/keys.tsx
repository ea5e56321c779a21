/** Keys of a shortcut, separated by blanks: `Ctrl S`. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="flex gap-0.5">
      {keys.split(' ').map((key) => (
        <kbd key={key} className="rounded-sm border border-line px-1 font-sans text-2xs text-ink-3">
          {key}
        </kbd>
      ))}
    </span>
  );
}
