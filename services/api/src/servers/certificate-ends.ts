import type { ServerFacts } from '@podex/contracts/servers';

const DAY_MS = 86_400_000;

/** What was passed last on the way to its end; each is told once. */
export type EndStage = 'two_weeks' | 'three_days' | 'expired';

const STAGES: readonly { stage: EndStage; daysBefore: number }[] = [
  { stage: 'expired', daysBefore: 0 },
  { stage: 'three_days', daysBefore: 3 },
  { stage: 'two_weeks', daysBefore: 14 },
];

export interface CertificateEnd {
  /** Ours, that compute shows, or the server’s own. */
  side: 'client' | 'server';
  expiresAt: Date;
  stage: EndStage;
}

/** Certificates of a server that end within two weeks, or have. */
export function certificateEndsOf(
  facts: Pick<ServerFacts, 'client_certificate_expires_at' | 'server_certificate_expires_at'> | null,
  now: Date,
): CertificateEnd[] {
  const dates = [
    ['client', facts?.client_certificate_expires_at],
    ['server', facts?.server_certificate_expires_at],
  ] as const;
  return dates.flatMap(([side, text]) => {
    if (text === undefined) return [];
    const expiresAt = new Date(text);
    const leftMs = expiresAt.getTime() - now.getTime();
    const passed = STAGES.find(({ daysBefore }) => leftMs <= daysBefore * DAY_MS);
    return passed === undefined ? [] : [{ side, expiresAt, stage: passed.stage }];
  });
}
