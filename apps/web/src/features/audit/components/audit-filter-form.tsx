'use client';

import { AUDIT_ACTIONS, type AuditFilter, auditResult } from '@podex/contracts/audit';
import type { FormEvent } from 'react';
import { Button } from '#components/button.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { readFilter } from '../model/audit-filter.ts';

const RESULT_LABELS = { succeeded: 'Succeeded', failed: 'Failed', denied: 'Denied' } as const;

export function AuditFilterForm({ onFilter }: { onFilter: (filter: AuditFilter) => void }) {
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onFilter(readFilter(new FormData(event.currentTarget)));
  }
  return (
    <form
      onSubmit={onSubmit}
      onReset={() => onFilter({})}
      className="mb-4 grid grid-cols-2 gap-3 rounded-lg border bg-surface p-4 sm:grid-cols-3"
      aria-label="Filter"
    >
      <div className="col-span-2 sm:col-span-1">
        <TextField label="Search" name="q" placeholder="Person, action, address, request ID" />
      </div>
      <TextField label="Who" name="actor" placeholder="Email or ID" />
      <TextField label="Target" name="target" placeholder="Name or ID" />
      <Field label="Action">
        {(control) => (
          <select {...control} name="action" defaultValue="" className={`${CONTROL_CLASS} h-8`}>
            <option value="">All</option>
            {AUDIT_ACTIONS.map((action) => (
              <option key={action} value={action}>
                {action}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Result">
        {(control) => (
          <select {...control} name="result" defaultValue="" className={`${CONTROL_CLASS} h-8`}>
            <option value="">All</option>
            {auditResult.options.map((result) => (
              <option key={result} value={result}>
                {RESULT_LABELS[result]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className="col-span-2 grid grid-cols-2 gap-3 sm:col-span-1">
        <TextField label="From" name="from" type="date" />
        <TextField label="To" name="to" type="date" />
      </div>
      <div className="col-span-full flex gap-2">
        <Button type="submit" variant="primary">
          Filter
        </Button>
        <Button type="reset">Clear</Button>
      </div>
    </form>
  );
}
