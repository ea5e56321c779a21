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

  it('tells a request that moderation flagged from a key that is wrong', () => {
    const message = 'openai/gpt-x requires moderation. Your input was flagged for "violence"';
    expect(failed(403, { error: { message, code: 403 } })).toMatchObject({
      canRetry: false,
      message: expect.stringMatching(/moderation flagged it\. Say it in other words.*violence/s),
    });
    expect(failed(403, { error: { message: 'no access to this project' } }).message).toMatch(
      /does not allow this \(403\).*OPENAI_API_KEY/s,
    );
  });

  it('tells a model that nobody runs with tools from one that is not there', () => {
    expect(
      failed(404, { error: { message: 'No endpoints found that support tool use.', code: 404 } }),
    ).toMatchObject({
      code: 'model_not_available',
      message: expect.stringContaining('nowhere to run gpt-x with tools'),
    });
    expect(failed(404, { error: { message: 'No such model' } }).message).toContain('has no model gpt-x');
  });

  it('knows an account without credit by Anthropic’s words', () => {
    const message = 'Your credit balance is too low to access the Anthropic API.';
    expect(failed(400, { error: { type: 'invalid_request_error', message } }).message).toContain(
      'no credit left',
    );
  });

  it.each([
    'The input token count (1200345) exceeds the maximum number of tokens allowed (1048576).',
    'This model’s maximum context length is 8192 tokens.',
    'the request exceeds the available context size (4096 tokens)',
    'prompt is too long: 210000 tokens > 200000 maximum',
  ])('knows a prompt that is too long as its vendor says it: %s', (message) => {
    expect(failed(400, { error: { message } }).isTooLong).toBe(true);
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
