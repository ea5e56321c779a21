import type { ServerStatus as Value } from '@podex/contracts/servers';
import { Status, type Tone } from '#components/badge.tsx';

const WORDS: Record<Value, { label: string; tone: Tone; isBusy?: boolean }> = {
  pending: { label: 'Being checked', tone: 'accent', isBusy: true },
  ready: { label: 'Ready', tone: 'success' },
  unreachable: { label: 'Unreachable', tone: 'danger' },
  draining: { label: 'Draining', tone: 'warning' },
  maintenance: { label: 'Maintenance', tone: 'neutral' },
  unfit: { label: 'Unfit', tone: 'danger' },
};

export function ServerStatus({ status }: { status: Value }) {
  const { label, tone, isBusy } = WORDS[status];
  return (
    <Status tone={tone} isBusy={isBusy}>
      {label}
    </Status>
  );
}
