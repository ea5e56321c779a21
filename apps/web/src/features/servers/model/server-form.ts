import {
  type CreateServerInput,
  createServerInput,
  type UpdateServerInput,
  updateServerInput,
} from '@podex/contracts/servers';
import { parseLabels } from '#lib/labels.ts';

export type Problems = Partial<Record<string, string>>;

interface FieldDefinition {
  name:
    | 'name'
    | 'hostname'
    | 'docker_port'
    | `tls_${'ca' | 'cert' | 'key'}_path`
    | `total_${'cpu' | 'memory_mb' | 'disk_gb'}`;
  label: string;
  isNumber?: true;
  initial?: string;
  placeholder?: string;
  className: string;
}

/** The guide's fields under the guide's names. */
export const FIELDS: readonly FieldDefinition[] = [
  { name: 'name', label: 'Name', placeholder: 'workspace-1', className: 'sm:col-span-2' },
  { name: 'hostname', label: 'Host name or address', placeholder: '10.0.1.10', className: 'sm:col-span-3' },
  { name: 'docker_port', label: 'Docker port', isNumber: true, initial: '2376', className: 'sm:col-span-1' },
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

type Read<Input> = { input: Input } | { problems: Problems };

export function readNewServer(form: FormData): Read<CreateServerInput> {
  const { values, problems } = readValues(form);
  const { region, ...rest } = values;
  const result = createServerInput.safeParse(region === null ? rest : values);
  if (result.success && problems === undefined) return { input: result.data };
  return { problems: { ...problemsOf(result.error), ...problems } };
}

/** Of the fields that the form has. */
export function readChangedServer(form: FormData): Read<UpdateServerInput> {
  const { values, problems } = readValues(form);
  const result = updateServerInput.safeParse(values);
  if (result.success && problems === undefined) return { input: result.data };
  return { problems: { ...problemsOf(result.error), ...problems } };
}

function readValues(form: FormData): { values: Record<string, unknown>; problems?: Problems } {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const fields = FIELDS.filter(({ name }) => form.has(name)).map(({ name, isNumber }) => {
    const value = text(name);
    return [name, isNumber === true && value !== '' ? Number(value) : value];
  });
  const labels = parseLabels(String(form.get('labels') ?? ''));
  const values = { ...Object.fromEntries(fields), labels: labels ?? {}, region: text('region') || null };
  return labels === undefined ? { values, problems: { labels: 'Write each as key=value.' } } : { values };
}

function problemsOf(
  error:
    | { issues: { path: PropertyKey[]; code: string; message: string; origin?: string | undefined }[] }
    | undefined,
): Problems {
  return Object.fromEntries((error?.issues ?? []).map((issue) => [String(issue.path[0]), problemOf(issue)]));
}

/** A number that is missing is text to the schema, which people need not know. */
function problemOf(issue: { code: string; message: string; origin?: string | undefined }): string {
  if (issue.code === 'invalid_type') return 'Must be a number.';
  if (issue.origin === 'number' && issue.code === 'too_small') return 'Must be more than 0.';
  if (issue.origin === 'number' && issue.code === 'too_big') return 'Is too large.';
  return `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1)}.`;
}
