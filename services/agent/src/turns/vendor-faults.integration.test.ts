import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VendorReply } from '../../../../tests/doubles/llm/vendors/vendor-double.ts';
import type { RefusalKind, VendorPart } from '../../../../tests/doubles/llm/vendors/vendor-wire.ts';
import { VENDORS, type Vendor, VendorSetup } from '../../testing/vendors.ts';

const say = (text: string): VendorPart => ({ type: 'text', text });
const call = (id: string, name: string, args: string): VendorPart => ({ type: 'tool_call', id, name, args });
const HELLO: VendorReply = { parts: [say('Hello there.')] };
const HALF = [say('Hello there, half of it')];

interface Fault {
  name: string;
  replies: VendorReply[];
  /** Fails the turn for good, with these words; nothing is asked again. */
  fails?: { code: string; words: RegExp };
  /** Passes: the model is asked again, which is said with these words. */
  retries?: RegExp;
  /** What the model is told of its calls. */
  results?: RegExp[];
  /** What a person must not read. */
  never?: RegExp;
}

const asksAgain = (name: string, first: VendorReply, retries: RegExp): Fault => ({
  name,
  replies: [first, HELLO],
  retries,
});
const endsWith = (refusal: RefusalKind, words: RegExp, never?: RegExp): Fault => ({
  name: refusal,
  replies: [{ refusal }, HELLO],
  fails: { code: 'model_failed', words },
  ...(never === undefined ? {} : { never }),
});

function faultsOf({ title, keyVariable }: Vendor): Fault[] {
  return [
    endsWith('key', new RegExp(`${title} rejected the key.*Check ${keyVariable}`)),
    endsWith('no_credit', /no credit left|has used up its quota/, /how fast/),
    endsWith('moderation', /moderation flagged it|withheld its response/, /key|has no model/),
    endsWith('too_long', /The conversation is longer than .* takes\. Start a new conversation/),
    {
      ...endsWith('no_tools', /has nowhere to run .* with tools/, /has no model/),
      fails: { code: 'model_not_available', words: /has nowhere to run .* with tools/ },
    },
    {
      ...endsWith('unknown_model', /./),
      fails: { code: 'model_not_available', words: /has no model unknown_model\. Choose another model/ },
    },
    asksAgain('overload', { refusal: 'overload' }, new RegExp(`^${title} .*5(03|29)`)),
    asksAgain('rate_limit', { refusal: 'rate_limit' }, /limits how fast it may be asked/),
    asksAgain('rate_limit_with_time', { refusal: 'rate_limit', retryAfterSeconds: 1 }, /limits how fast/),
    asksAgain('cut', { parts: HALF, end: 'cut' }, /cannot be reached, or the connection broke off/),
    asksAgain('unnamed_end', { parts: HALF, end: 'unnamed' }, /ended its response before it was complete/),
    asksAgain('garbled', { parts: HALF, end: 'garbled' }, /sent a response that can’t be read/),
    asksAgain('error_in_stream', { parts: HALF, end: 'error' }, /overloaded|disconnected|stopped/i),
    asksAgain('empty', { parts: [] }, /returned an empty response/),
    {
      name: 'garbled_arguments',
      replies: [{ parts: [call('call_1', 'read_file', '{"path": "a')] }, HELLO],
      results: [/not (whole|valid|a) .*JSON|JSON/],
    },
    {
      name: 'unknown_tool',
      replies: [{ parts: [call('call_1', 'open_browser', '{"url":"x"}')] }, HELLO],
      results: [/open_browser/],
    },
    {
      name: 'repeated_call_id',
      replies: [
        {
          parts: [
            call('call_1', 'read_file', '{"path":"a.txt"}'),
            call('call_1', 'read_file', '{"path":"b.txt"}'),
          ],
        },
        HELLO,
      ],
      results: [/first file/, /second file/],
    },
  ];
}

/** What a vendor has no words for. */
function canHappen({ wire, name }: Vendor, fault: Fault): boolean {
  // Its arguments are a value of the JSON around them.
  if (fault.name === 'garbled_arguments') return name !== 'Google';
  return fault.replies.every(
    (reply) => !('refusal' in reply) || wire.refusal(reply.refusal, { model: 'm' }) !== undefined,
  );
}

describe.each(VENDORS)('$name', (vendor) => {
  let setup: VendorSetup;
  beforeAll(async () => {
    setup = await VendorSetup.start(vendor);
    await setup.agent.workspace.write('a.txt', 'first file');
    await setup.agent.workspace.write('b.txt', 'second file');
  });
  afterAll(() => setup?.[Symbol.asyncDispose]());

  it.concurrent.each(faultsOf(vendor).filter((fault) => canHappen(vendor, fault)))('$name', async (fault) => {
    const { agent, double } = setup;
    double.say(fault.name, ...fault.replies);
    const turn = agent.send('hi', { model: `${vendor.provider}/${fault.name}` });
    await agent.api.waitForStatus(turn, fault.fails === undefined ? 'completed' : 'failed', 60_000);
    const retries = agent.api.eventsOf(turn).filter((event) => event.type === 'step.retrying');
    const read = [...retries.map(({ reason }) => reason), turn.error?.message ?? ''].join('\n');
    if (fault.fails !== undefined) {
      expect(turn.error).toEqual({
        code: fault.fails.code,
        message: expect.stringMatching(fault.fails.words),
      });
      expect(double.requestsOf(fault.name)).toHaveLength(1);
    } else {
      expect(double.requestsOf(fault.name)).toHaveLength(2);
      expect(turn.steps.at(-1)?.assistant).toEqual([expect.objectContaining({ text: 'Hello there.' })]);
    }
    expect(retries).toHaveLength(fault.retries === undefined ? 0 : 1);
    if (fault.retries !== undefined) expect(read).toMatch(fault.retries);
    if (fault.never !== undefined) expect(read).not.toMatch(fault.never);
    if (fault.name === 'rate_limit_with_time') expect(retries[0]?.retry_in_ms).toBe(1000);
    const results = turn.steps[0]?.calls.map(({ output }) => output) ?? [];
    expect(results).toEqual((fault.results ?? []).map((result) => expect.stringMatching(result)));
  });
});
