import { type AuditEntry, type AuditFilter, auditFilter } from '@podex/contracts/audit';

const FIELDS = ['q', 'actor', 'action', 'target', 'result'] as const;

/** What the form says; an empty field filters nothing. A day is one of the person who looks, from its start to its end. */
export function readFilter(form: FormData): AuditFilter {
  const given = FIELDS.map((name) => [name, String(form.get(name) ?? '').trim()] as const);
  const filter = Object.fromEntries(given.filter(([, value]) => value !== ''));
  const from = startOfDay(form.get('from'), 0);
  const to = startOfDay(form.get('to'), 1);
  const parsed = auditFilter.safeParse({
    ...filter,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  return parsed.success ? parsed.data : {};
}

function startOfDay(value: FormDataEntryValue | null, daysLater: number): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(String(value ?? '')) ?? [];
  if (day === undefined) return undefined;
  return new Date(Number(year), Number(month) - 1, Number(day) + daysLater).toISOString();
}

/** Who did it, for a person. */
export function actorText({ actor }: AuditEntry): string {
  if (actor.kind === 'system') return 'Podex';
  return actor.email ?? actor.id ?? 'Not signed in';
}

export function targetText({ target }: AuditEntry): string {
  return target?.name ?? target?.id ?? '';
}

/** The details in one line: `role: admin, before: 3`. What there was not is left out. */
export function detailText({ details, error_code: code }: AuditEntry): string {
  const parts = Object.entries(details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(' ') : String(value)}`);
  return [...(code === null ? [] : [code]), ...parts].join(', ');
}
