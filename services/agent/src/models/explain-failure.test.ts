import { APICallError } from 'ai';
import { describe, expect, it } from 'vitest';
import { explainFailure, retryAfterMs } from './explain-failure.ts';

const ROUTE = { provider: 'openai', modelId: 'gpt-x', name: 'openai/gpt-x' } as const;

function failed(statusCode: number, body: unknown, headers: Record<string, string> = {}) {
  const error = new APICallError({
    message: 'failed',
    url: 'http://x',
    requestBodyValues: {},
    statusCode,
    responseHeaders: headers,
    responseBody: JSON.stringify(body),
  });
  return explainFailure(error, ROUTE).detail;
}

describe('explainFailure', () => {
  it('tells passing failures from those that trying again does not help', () => {
    expect(failed(529, {}).canRetry).toBe(true);
    expect(failed(503, {}, { 'retry-after': '2' })).toMatchObject({ canRetry: true, retryAfterMs: 2000 });
    expect(failed(401, {}).canRetry).toBe(false);
    expect(failed(422, { error: { message: 'bad tool' } })).toMatchObject({
      canRetry: false,
      message: expect.stringContaining('bad tool'),
    });
  });

  it('knows an empty account by its code, whatever the status', () => {
    const detail = failed(429, { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } });
    expect(detail).toMatchObject({ canRetry: false, message: expect.stringContaining('no credit left') });
  });

  it('knows a prompt that is too long', () => {
    expect(failed(400, { error: { code: 'context_length_exceeded', message: 'x' } }).isTooLong).toBe(true);
    expect(failed(400, { error: { message: 'prompt is too long: 210000 tokens' } }).isTooLong).toBe(true);
    expect(failed(400, { error: { message: 'invalid tool name' } }).isTooLong).toBeUndefined();
  });

  it('takes a connection that broke for passing, also after a good beginning', () => {
    expect(explainFailure(new TypeError('terminated'), ROUTE).detail.canRetry).toBe(true);
    const cut = new APICallError({
      message: 'x',
      url: 'http://x',
      requestBodyValues: {},
      statusCode: 200,
      isRetryable: true,
    });
    expect(explainFailure(cut, ROUTE).detail).toMatchObject({ canRetry: true, status: undefined });
  });
});

describe('retryAfterMs', () => {
  it('reads seconds, dates and milliseconds', () => {
    expect(retryAfterMs({ 'retry-after': '1.5' })).toBe(1500);
    expect(retryAfterMs({ 'retry-after-ms': '250', 'retry-after': '9' })).toBe(250);
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterMs({ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }, now)).toBe(10_000);
    expect(retryAfterMs({ 'retry-after': 'soon' })).toBeUndefined();
    expect(retryAfterMs({})).toBeUndefined();
  });
});
