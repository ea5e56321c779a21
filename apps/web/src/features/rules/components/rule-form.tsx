'use client';

import { createRuleInput, type RuleEffect } from '@podex/contracts/rules';
import { useState } from 'react';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { SelectField } from '#components/select-field.tsx';
import { toast } from '#components/toaster.tsx';
import { type RulePlace, useAddRule } from '../api/rules-query.ts';

const EFFECTS = [
  { value: 'allow', label: 'Allow without asking' },
  { value: 'ask', label: 'Ask first, in every mode' },
  { value: 'deny', label: 'Deny' },
] as const satisfies readonly { value: RuleEffect; label: string }[];

const TOOLS = [
  { value: 'run_command', label: 'Commands' },
  { value: 'write_file', label: 'Writing files' },
  { value: 'edit_file', label: 'Editing files' },
  { value: 'read_file', label: 'Reading files' },
] as const;
type Tool = (typeof TOOLS)[number]['value'];

/** A new rule of one place. */
export function RuleForm({ place, onDone }: { place: RulePlace; onDone: () => void }) {
  const [effect, setEffect] = useState<RuleEffect>('allow');
  const [tool, setTool] = useState<Tool>('run_command');
  const [problem, setProblem] = useState<string>();
  const add = useAddRule(place);
  const isCommand = tool === 'run_command';

  function onSubmit(form: FormData) {
    const text = fieldText(form, 'about').trim();
    const words = text.split(/\s+/);
    const about = isCommand ? { command: words } : { path: text };
    const input = createRuleInput.safeParse({ effect, tool, ...(text === '' ? {} : about) });
    setProblem(input.success ? undefined : 'That is too long.');
    if (!input.success) return;
    add.mutate(input.data, {
      onSuccess: () => {
        toast.success('Rule added');
        onDone();
      },
    });
  }

  return (
    <Form request={add} action="Add rule" onCancel={onDone} onSubmit={onSubmit}>
      <SelectField label="Effect" value={effect} options={EFFECTS} onChoose={setEffect} />
      <SelectField label="About" value={tool} options={TOOLS} onChoose={setTool} />
      <TextField
        key={isCommand ? 'command' : 'path'}
        label={isCommand ? 'Command' : 'Path'}
        name="about"
        isOptional
        autoComplete="off"
        spellCheck={false}
        placeholder={isCommand ? 'npm test' : 'src/**'}
        hint={
          isCommand
            ? 'The first words of the commands. Every command when left empty.'
            : 'Absolute or below /home/dev, with *, ** and ?. Every file when left empty.'
        }
        error={problem}
      />
    </Form>
  );
}
