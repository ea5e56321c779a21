import type { ServerCheck } from '@podex/contracts/servers';

export const CHECK_LABELS: Readonly<Record<ServerCheck['name'], string>> = {
  client_certificate: 'Client certificate',
  tls: 'Server certificate',
  engine: 'Docker Engine',
  calls: 'Engine calls',
  engine_version: 'Engine version',
  engine_identity: 'Engine identity',
  clock: 'Clock',
  image: 'Image',
  runtime: 'gVisor',
  storage: 'Storage',
  disk: 'Free disk',
  capacity: 'Capacity',
  quota: 'Disk quotas',
  freezer: 'Freezing of idle containers',
  egress_rules: 'Network rules',
  egress_metadata: 'No metadata',
  egress_host: 'No server',
  egress_engine: 'No engine',
  egress_neighbours: 'No neighbours',
  egress_private: 'No private networks',
  egress_ipv6: 'No IPv6',
  resolver: 'Name resolution',
  internet: 'Internet',
};

export type CheckOutcome = 'passed' | 'warning' | 'failed' | 'working';

export function outcomeOf({ ok, warning, percent }: ServerCheck): CheckOutcome {
  if (percent !== undefined) return 'working';
  if (!ok) return 'failed';
  return warning === true ? 'warning' : 'passed';
}

/** "18 passed, 1 warning, 2 failed"; what there is none of is left out. */
export function summaryOf(checks: readonly ServerCheck[]): string {
  const outcomes = checks.map(outcomeOf);
  const count = (outcome: CheckOutcome) => outcomes.filter((one) => one === outcome).length;
  const [passed, warnings, failed] = [count('passed'), count('warning'), count('failed')];
  return [
    `${passed} passed`,
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(count('working') === 0 ? [] : [`${count('working')} in progress`]),
  ].join(', ');
}
