'use client';

import { clsx } from 'clsx';
import { type ComponentProps, type ReactNode, useId } from 'react';

export const CONTROL_CLASS =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink shadow-1 placeholder:text-ink-3 transition-colors hover:border-ink-3 focus-visible:border-ring focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-ring/40 disabled:opacity-50 [&[readonly]]:bg-sunken [&[readonly]]:text-ink-2 [&[readonly]]:shadow-none aria-invalid:border-danger';

interface FieldProps {
  label: string;
  /** Shown under the control while there is no error. */
  hint?: ReactNode;
  error?: string | undefined;
  /** Marks what may be left out. */
  isOptional?: boolean | undefined;
}

interface ControlProps {
  id: string;
  'aria-invalid': boolean | undefined;
  'aria-describedby': string | undefined;
}

/** A labelled control with its hint or its error. */
export function Field({
  label,
  hint,
  error,
  isOptional,
  children,
}: FieldProps & { children: (control: ControlProps) => ReactNode }) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = error !== undefined || hint !== undefined;
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="font-medium text-ink text-xs">
          {label}
        </label>
        {isOptional === true && <span className="text-2xs text-ink-3">Optional</span>}
      </div>
      {children({
        id,
        'aria-invalid': error !== undefined || undefined,
        'aria-describedby': hasNote ? noteId : undefined,
      })}
      {hasNote && (
        <p id={noteId} className={clsx('text-xs', error === undefined ? 'text-ink-3' : 'text-danger')}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = FieldProps & Omit<ComponentProps<'input'>, 'id'>;

export function TextField({ label, hint, error, isOptional, className, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} isOptional={isOptional}>
      {(control) => <input {...input} {...control} className={clsx(CONTROL_CLASS, 'h-8', className)} />}
    </Field>
  );
}

type TextAreaFieldProps = FieldProps & Omit<ComponentProps<'textarea'>, 'id'>;

/** For several lines that a machine reads: a key, a list. */
export function TextAreaField({ label, hint, error, isOptional, className, ...area }: TextAreaFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} isOptional={isOptional}>
      {(control) => (
        <textarea
          spellCheck={false}
          {...area}
          {...control}
          className={clsx(CONTROL_CLASS, 'py-1.5 font-mono', className)}
        />
      )}
    </Field>
  );
}
