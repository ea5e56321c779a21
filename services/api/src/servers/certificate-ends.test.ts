import { describe, expect, it } from 'vitest';
import { certificateEndsOf } from './certificate-ends.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const stageAt = (iso: string) =>
  certificateEndsOf({ server_certificate_expires_at: iso }, NOW).map(({ stage }) => stage);

describe('certificateEndsOf', () => {
  it.each([
    ['2026-12-11T12:00:01Z', []],
    ['2026-12-11T12:00:00Z', ['two_weeks']],
    ['2026-11-30T12:00:01Z', ['two_weeks']],
    ['2026-11-30T12:00:00Z', ['three_days']],
    ['2026-11-27T12:00:01Z', ['three_days']],
    ['2026-11-27T12:00:00Z', ['expired']],
    ['2020-01-01T00:00:00Z', ['expired']],
  ])('one that ends at %s', (iso, stages) => {
    expect(stageAt(iso)).toEqual(stages);
  });

  it('looks at both sides, and at a server that is not known yet', () => {
    const soon = '2026-11-28T12:00:00.000Z';
    const both = { client_certificate_expires_at: soon, server_certificate_expires_at: soon };
    expect(certificateEndsOf(both, NOW).map(({ side }) => side)).toEqual(['client', 'server']);
    expect(certificateEndsOf(null, NOW)).toEqual([]);
    expect(certificateEndsOf({}, NOW)).toEqual([]);
  });
});
