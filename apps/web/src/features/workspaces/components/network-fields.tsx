'use client';

import { TextAreaField } from '#components/field.tsx';
import { SelectField } from '#components/select-field.tsx';
import { NETWORK_HINTS, type NetworkChoice } from '../model/network-form.ts';

const LIST_ROWS = 6;

interface NetworkFieldsProps<Choice extends NetworkChoice> {
  label: string;
  choice: Choice;
  options: readonly { value: Choice; label: string }[];
  onChoose: (choice: Choice) => void;
  /** What is wrong with the list. */
  problem: string | undefined;
  /** What it holds at first. */
  allow?: readonly string[];
}

/** What a workspace can reach, and the list of it where it takes one. */
export function NetworkFields<Choice extends NetworkChoice>({
  label,
  choice,
  options,
  onChoose,
  problem,
  allow = [],
}: NetworkFieldsProps<Choice>) {
  return (
    <>
      <SelectField
        label={label}
        hint={NETWORK_HINTS[choice]}
        value={choice}
        options={options}
        onChoose={onChoose}
      />
      {choice === 'allow_list' && (
        <TextAreaField
          label="Allowed"
          name="allow"
          hint="One per line: a host name, an IPv4 address or a network, alone or with a port. For example registry.npmjs.org:443 or 203.0.113.0/24."
          error={problem}
          defaultValue={allow.join('\n')}
          rows={LIST_ROWS}
          className="text-xs"
        />
      )}
    </>
  );
}
