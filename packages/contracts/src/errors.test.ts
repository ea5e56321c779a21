import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, PodexError } from './errors.ts';

describe('errors', () => {
  it('come back from their body as they were thrown', () => {
    const thrown = new PodexError('file_changed', 'Somebody else wrote it.', {
      path: '/home/dev/a',
      etag: '"1"',
    });
    const received = PodexError.fromBody(JSON.parse(JSON.stringify(thrown.toBody('request-1'))));
    expect(received).toMatchObject({
      code: 'file_changed',
      message: thrown.message,
      context: thrown.context,
      status: 412,
    });
    expect(PodexError.has(received, 'file_changed')).toBe(true);
    expect(PodexError.has(received, 'internal')).toBe(false);
  });

  it('never keep the cause in the body', () => {
    const thrown = new PodexError(
      'internal',
      'Something went wrong.',
      {},
      { cause: new Error('password=hunter2') },
    );
    expect(JSON.stringify(thrown.toBody('request-1'))).not.toContain('hunter2');
  });

  it.each([undefined, 'text', {}, { error: { code: 'no_such_code', message: 'm', request_id: 'r' } }])(
    'are internal when the body is not one of ours: %j',
    (body) => {
      expect(PodexError.fromBody(body).code).toBe('internal');
    },
  );

  it('have an error status each', () => {
    for (const [code, { status }] of Object.entries(ERROR_TABLE)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(status, code).toBeLessThan(600);
    }
  });
});
