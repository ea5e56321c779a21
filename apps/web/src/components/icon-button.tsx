import { clsx } from 'clsx';
import type { ComponentProps, ReactNode } from 'react';
import { Tooltip } from './tooltip.tsx';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label' | 'title'> {
  /** Its accessible name, and its tooltip. */
  label: string;
  /** Shown in the tooltip, for example `Ctrl S`. */
  shortcut?: string | undefined;
  size?: 'sm' | 'md' | undefined;
  isPressed?: boolean | undefined;
  children: ReactNode;
}

export function IconButton({ label, shortcut, size = 'md', isPressed, ...props }: IconButtonProps) {
  const { className, type = 'button', ...rest } = props;
  return (
    <Tooltip content={label} shortcut={shortcut}>
      <button
        {...rest}
        type={type}
        aria-label={label}
        aria-pressed={isPressed}
        className={clsx(
          'inline-flex shrink-0 items-center justify-center rounded-md text-ink-3 transition-colors hover:bg-hover hover:text-ink disabled:pointer-events-none disabled:opacity-40 aria-pressed:bg-hover aria-pressed:text-ink data-[state=open]:bg-hover data-[state=open]:text-ink',
          size === 'sm' ? 'size-6 [&_svg]:size-3.5' : 'size-7 [&_svg]:size-4',
          className,
        )}
      />
    </Tooltip>
  );
}
