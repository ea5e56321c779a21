'use client';

import { clsx } from 'clsx';
import type { ComponentProps, ReactNode } from 'react';
import { CONTROL_CLASS, Field } from './field.tsx';

interface SelectProps<Value extends string> extends Omit<ComponentProps<'select'>, 'onChange' | 'value'> {
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChoose: (value: Value) => void;
}

/** One of a few, with the browser’s own list. Give it an `aria-label` where no field names it. */
export function Select<Value extends string>({
  value,
  options,
  onChoose,
  className,
  ...rest
}: SelectProps<Value>) {
  return (
    <select
      {...rest}
      value={value}
      onChange={(event) => {
        const chosen = options.find((option) => option.value === event.target.value);
        if (chosen !== undefined) onChoose(chosen.value);
      }}
      className={clsx(CONTROL_CLASS, 'h-8', className)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface SelectFieldProps<Value extends string>
  extends Pick<SelectProps<Value>, 'value' | 'options' | 'onChoose'> {
  label: string;
  hint?: ReactNode;
}

export function SelectField<Value extends string>({ label, hint, ...select }: SelectFieldProps<Value>) {
  return (
    <Field label={label} hint={hint}>
      {(control) => <Select {...control} {...select} />}
    </Field>
  );
}
