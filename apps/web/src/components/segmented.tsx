'use client';

import { clsx } from 'clsx';
import { ToggleGroup as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  onChoose: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode; title?: string }[];
  isDisabled?: boolean | undefined;
}

/** A choice between a few, all of them visible. */
export function Segmented<Value extends string>({
  label,
  value,
  onChoose,
  options,
  isDisabled,
}: SegmentedProps<Value>) {
  return (
    <Radix.Root
      type="single"
      value={value}
      aria-label={label}
      disabled={isDisabled === true}
      onValueChange={(next) => {
        const chosen = options.find((option) => option.value === next);
        if (chosen !== undefined) onChoose(chosen.value);
      }}
      className="inline-flex shrink-0 rounded-md bg-hover p-0.5"
    >
      {options.map((option) => (
        <Radix.Item
          key={option.value}
          value={option.value}
          title={option.title}
          className={clsx(
            'flex h-6 items-center gap-1 rounded-sm px-2 font-medium text-ink-3 text-xs transition-colors hover:text-ink disabled:opacity-50',
            'data-[state=on]:bg-raised data-[state=on]:text-ink data-[state=on]:shadow-1',
          )}
        >
          {option.label}
        </Radix.Item>
      ))}
    </Radix.Root>
  );
}
