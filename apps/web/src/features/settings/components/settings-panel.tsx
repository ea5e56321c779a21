'use client';

import type { NetworkMode } from '@podex/contracts/network-policies';
import type {
  DiskLimits,
  PlacementStrategy,
  RegistrationMode,
  SettingKey,
  Settings,
  TwoFactorRequirement,
} from '@podex/contracts/settings';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CONTROL_CLASS, Field, TextAreaField, TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { settingsQuery, useUpdateSettings } from '../api/settings-query.ts';
import {
  isNumber,
  type Problems,
  readSettingForm,
  SETTING_FORMS,
  type SettingField,
  type SettingForm,
  textOf,
} from '../model/setting-forms.ts';

/** What an admin changes while Podex runs. */
export function SettingsPanel() {
  const settings = useQuery(settingsQuery());
  return (
    <>
      <PageHeading title="Settings" description="They apply at once, to everyone on this Podex." />
      <Loaded query={settings} what="the settings" height="h-64">
        {(loaded) => (
          <div className="flex flex-col gap-4">
            {SETTING_FORMS.map((form) => (
              <FormSection key={form.title} form={form} settings={loaded} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  );
}

function FormSection({ form, settings }: { form: SettingForm; settings: Settings }) {
  const [problems, setProblems] = useState<Problems>({});
  const update = useUpdateSettings();

  function onSubmit(values: FormData) {
    const read = readSettingForm(form, values);
    setProblems('problems' in read ? read.problems : {});
    if ('problems' in read) return;
    update.mutate(read.input, { onSuccess: () => toast.success(`${form.title} saved`) });
  }

  return (
    <Section title={form.title} description={form.description}>
      <Form request={update} action="Save" onSubmit={onSubmit}>
        <div className="grid gap-4 sm:grid-cols-3">
          {form.fields.map((field) => (
            <div key={field.key} className={FIELD_WIDTHS[field.kind]}>
              <SettingControl
                field={field}
                // A field shows what was saved, tidied by api.
                key={textOf(settings.values[field.key])}
                initial={textOf(settings.values[field.key])}
                error={problems[field.key]}
              />
            </div>
          ))}
        </div>
      </Form>
    </Section>
  );
}

const MODE_LABELS: Record<RegistrationMode, string> = {
  closed: 'Nobody new',
  invitation: 'Invited people',
  domains: 'Invited people and email domains',
  open: 'Everybody',
};
const REQUIREMENT_LABELS: Record<TwoFactorRequirement, string> = {
  nobody: 'Nobody',
  admins: 'Admins',
  everyone: 'Everyone',
};
const STRATEGY_LABELS: Record<PlacementStrategy, string> = {
  spread: 'The server with the most left',
  pack: 'The fullest server with room',
};
const NETWORK_LABELS: Record<NetworkMode, string> = {
  open: 'The internet',
  allow_list: 'Only what is listed',
  deny_all: 'Nothing',
};
const DISK_LABELS: Record<DiskLimits, string> = {
  auto: 'On servers that can',
  required: 'Always: other servers get no work',
  off: 'Never',
};
const CHOICES: Partial<Record<SettingKey, Record<string, string>>> = {
  registration: MODE_LABELS,
  require_two_factor: REQUIREMENT_LABELS,
  placement_strategy: STRATEGY_LABELS,
  network_policy_default: NETWORK_LABELS,
  disk_limits: DISK_LABELS,
};
const LIST_ROWS = 4;
/** Of three columns. */
const FIELD_WIDTHS: Record<SettingField['kind'], string> = {
  list: 'sm:col-span-3',
  choice: 'sm:col-span-2',
  switch: 'sm:col-span-2',
  optional_number: 'sm:col-span-2',
  optional_amount: '',
  amount: '',
  number: '',
};

interface SettingControlProps {
  field: SettingField;
  initial: string;
  error: string | undefined;
}

function SettingControl({ field: { key, label, hint, kind }, initial, error }: SettingControlProps) {
  if (isNumber(kind)) {
    return (
      <TextField
        label={label}
        name={key}
        hint={hint}
        error={error}
        defaultValue={initial}
        inputMode={kind === 'amount' || kind === 'optional_amount' ? 'decimal' : 'numeric'}
      />
    );
  }
  if (kind === 'list') {
    return (
      <TextAreaField
        label={label}
        name={key}
        hint={hint}
        error={error}
        defaultValue={initial}
        rows={LIST_ROWS}
        className="text-xs"
      />
    );
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) =>
        kind === 'switch' ? (
          <select {...control} name={key} defaultValue={initial} className={`${CONTROL_CLASS} h-8`}>
            <option value="true">On</option>
            <option value="false">Off</option>
          </select>
        ) : (
          <select {...control} name={key} defaultValue={initial} className={`${CONTROL_CLASS} h-8`}>
            {Object.entries(CHOICES[key] ?? {}).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )
      }
    </Field>
  );
}
