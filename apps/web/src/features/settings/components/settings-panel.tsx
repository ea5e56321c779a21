'use client';

import type { RegistrationMode, SettingKey, Settings, TwoFactorRequirement } from '@podex/contracts/settings';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { settingsQuery, useUpdateSettings } from '../api/settings-query.ts';
import {
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
      <h1 className="mb-4 font-semibold text-lg tracking-tight">Settings</h1>
      {settings.isPending && <Skeleton className="h-64 w-full" />}
      {settings.isError && settings.data === undefined && (
        <ErrorState
          title="Can't load the settings"
          message={messageOf(settings.error)}
          isRetrying={settings.isFetching}
          onRetry={() => settings.refetch()}
        />
      )}
      {settings.data !== undefined && (
        <div className="flex flex-col gap-4">
          {SETTING_FORMS.map((form) => (
            <FormCard key={form.title} form={form} settings={settings.data} />
          ))}
        </div>
      )}
    </>
  );
}

function FormCard({ form, settings }: { form: SettingForm; settings: Settings }) {
  const [problems, setProblems] = useState<Problems>({});
  const update = useUpdateSettings();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const read = readSettingForm(form, new FormData(event.currentTarget));
    setProblems('problems' in read ? read.problems : {});
    if ('problems' in read) return;
    update.mutate(read.input, { onSuccess: () => toast.success(`${form.title} saved`) });
  }

  return (
    <section className="rounded-lg border bg-surface p-4" aria-label={form.title}>
      <h2 className="mb-3 font-medium">{form.title}</h2>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        {update.isError && (
          <Notice tone="danger" isAlert>
            {messageOf(update.error)}
          </Notice>
        )}
        <div className="grid gap-4 sm:grid-cols-3">
          {form.fields.map((field) => (
            <div key={field.key} className={field.kind === 'list' ? 'sm:col-span-3' : ''}>
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
        <div>
          <Button type="submit" variant="primary" isBusy={update.isPending}>
            Save
          </Button>
        </div>
      </form>
    </section>
  );
}

const MODE_LABELS: Record<RegistrationMode, string> = {
  closed: 'Nobody new',
  invitation: 'Invited people',
  domains: 'Invited people and email domains',
  open: 'Everybody',
};
const REQUIREMENT_LABELS: Record<TwoFactorRequirement, string> = {
  nobody: 'Of nobody',
  admins: 'Of admins',
  everyone: 'Of everyone',
};
const CHOICES: Partial<Record<SettingKey, Record<string, string>>> = {
  registration: MODE_LABELS,
  require_two_factor: REQUIREMENT_LABELS,
};
const LIST_ROWS = 4;

interface SettingControlProps {
  field: SettingField;
  initial: string;
  error: string | undefined;
}

function SettingControl({ field: { key, label, hint, kind }, initial, error }: SettingControlProps) {
  if (kind === 'number' || kind === 'optional_number') {
    return (
      <TextField
        label={label}
        name={key}
        hint={hint}
        error={error}
        defaultValue={initial}
        inputMode="numeric"
      />
    );
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) =>
        kind === 'list' ? (
          <textarea
            {...control}
            name={key}
            defaultValue={initial}
            rows={LIST_ROWS}
            spellCheck={false}
            className={`${CONTROL_CLASS} py-1.5 font-mono text-xs`}
          />
        ) : kind === 'switch' ? (
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
