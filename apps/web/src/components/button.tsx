import { clsx } from 'clsx';
import type { ComponentProps } from 'react';
import { Spinner } from './spinner.tsx';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';

const VARIANTS: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent shadow-1 hover:bg-accent-hover',
  secondary: 'border border-line-strong bg-raised text-ink shadow-1 hover:bg-hover',
  ghost: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'bg-danger-hover text-on-accent shadow-1 hover:brightness-110',
};

const SIZES = {
  /** A square for one icon; give it an `aria-label`. */
  icon: 'size-7',
  sm: 'h-7 gap-1.5 px-2.5 text-xs',
  md: 'h-8 gap-1.5 px-3 text-sm',
  lg: 'h-9 gap-2 px-4 text-sm',
};

const BASE =
  'inline-flex shrink-0 select-none items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors disabled:pointer-events-none disabled:opacity-50';

interface ButtonProps extends ComponentProps<'button'> {
  variant?: ButtonVariant | undefined;
  size?: keyof typeof SIZES | undefined;
  /** Shows a spinner and takes no clicks. */
  isBusy?: boolean | undefined;
}

export function Button({ variant = 'secondary', size = 'md', isBusy = false, ...props }: ButtonProps) {
  const { className, children, disabled, type = 'button', ...rest } = props;
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={clsx(BASE, VARIANTS[variant], SIZES[size], className)}
    >
      {isBusy && <Spinner />}
      {children}
    </button>
  );
}

/** For a link that looks like a button. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: keyof typeof SIZES = 'md'): string {
  return clsx(BASE, VARIANTS[variant], SIZES[size]);
}
