'use client';

import { createServerInput } from '@podex/contracts/servers';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { useRegisterServer } from '../api/change-server.ts';

interface RegisterServerDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function RegisterServerDialog({ isOpen, onOpenChange }: RegisterServerDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      width="lg"
      title="Register a workspace server"
      description="It takes workspaces once its preflight has passed. The certificate paths are on the disk of the compute service."
    >
      <RegisterServerForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface FieldDefinition {
  name: string;
  label: string;
  isNumber?: true;
  initial?: string;
  placeholder?: string;
  className?: string;
}

/** The guide's fields under the guide's names. */
const FIELDS: FieldDefinition[] = [
  { name: 'name', label: 'Name', placeholder: 'workspace-1', className: 'sm:col-span-2' },
  { name: 'hostname', label: 'Host name or address', placeholder: '10.0.1.10', className: 'sm:col-span-3' },
  { name: 'docker_port', label: 'Docker port', isNumber: true, initial: '2376' },
  {
    name: 'tls_ca_path',
    label: 'CA certificate',
    placeholder: '/etc/docker/certs/ca.pem',
    className: 'sm:col-span-2',
  },
  {
    name: 'tls_cert_path',
    label: 'Client certificate',
    placeholder: '/etc/docker/certs/client-cert.pem',
    className: 'sm:col-span-2',
  },
  {
    name: 'tls_key_path',
    label: 'Client key',
    placeholder: '/etc/docker/certs/client-key.pem',
    className: 'sm:col-span-2',
  },
  { name: 'total_cpu', label: 'CPUs', isNumber: true, placeholder: '16', className: 'sm:col-span-2' },
  {
    name: 'total_memory_mb',
    label: 'Memory (MB)',
    isNumber: true,
    placeholder: '65536',
    className: 'sm:col-span-2',
  },
  {
    name: 'total_disk_gb',
    label: 'Disk (GB)',
    isNumber: true,
    placeholder: '500',
    className: 'sm:col-span-2',
  },
];

function RegisterServerForm({ onDone }: { onDone: () => void }) {
  const [problems, setProblems] = useState<Partial<Record<string, string>>>({});
  const register = useRegisterServer();

  function onSubmit(values: FormData) {
    const input = createServerInput.safeParse(readForm(values));
    if (!input.success) {
      setProblems(
        Object.fromEntries(input.error.issues.map((issue) => [String(issue.path[0]), problemOf(issue)])),
      );
      return;
    }
    setProblems({});
    register.mutate(input.data, { onSuccess: onDone });
  }

  return (
    <Form request={register} action="Register" onCancel={onDone} onSubmit={onSubmit}>
      <div className="grid gap-4 sm:grid-cols-6">
        {FIELDS.map(({ name, label, isNumber, initial, placeholder, className }) => (
          <div key={name} className={className}>
            <TextField
              label={label}
              name={name}
              defaultValue={initial}
              placeholder={placeholder}
              inputMode={isNumber ? 'numeric' : 'text'}
              autoComplete="off"
              error={problems[name]}
            />
          </div>
        ))}
      </div>
    </Form>
  );
}

/** A number that is missing is text to the schema, which people need not know. */
function problemOf(issue: { code: string; message: string }): string {
  return issue.code === 'invalid_type' ? 'must be a number' : issue.message;
}

function readForm(form: FormData): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS.map(({ name, isNumber }) => {
      const text = String(form.get(name) ?? '').trim();
      return [name, isNumber === true && text !== '' ? Number(text) : text];
    }),
  );
}
