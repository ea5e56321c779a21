import type { Server } from '@podex/contracts/servers';
import { TextAreaField, TextField } from '#components/field.tsx';
import { labelsText } from '#lib/labels.ts';
import { FIELDS, type Problems } from '../model/server-form.ts';

interface ServerFieldsProps {
  /** What is changed; left out for a new server. */
  server?: Server | undefined;
  problems: Problems;
}

/** Fields of a registration. The engine beside compute is found by itself: of it, only labels and region are for people. */
export function ServerFields({ server, problems }: ServerFieldsProps) {
  const isLocal = server !== undefined && server.tls_ca_path === null;
  return (
    <div className="grid gap-4 sm:grid-cols-6">
      {!isLocal &&
        FIELDS.map(({ name, label, isNumber, initial, placeholder, className }) => (
          <div key={name} className={className}>
            <TextField
              label={label}
              name={name}
              defaultValue={server?.[name] ?? initial}
              placeholder={placeholder}
              inputMode={isNumber ? 'numeric' : 'text'}
              autoComplete="off"
              error={problems[name]}
            />
          </div>
        ))}
      <div className="sm:col-span-2">
        <TextField
          label="Region"
          name="region"
          isOptional
          defaultValue={server?.region ?? ''}
          placeholder="eu-central"
          autoComplete="off"
          error={problems.region}
        />
      </div>
      <div className="sm:col-span-4">
        <TextAreaField
          label="Labels"
          name="labels"
          isOptional
          rows={2}
          defaultValue={server === undefined ? '' : labelsText(server.labels)}
          placeholder="disk=nvme"
          hint="One key=value per line."
          error={problems.labels}
        />
      </div>
    </div>
  );
}
