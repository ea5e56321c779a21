import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import type { PromptMessage } from '../models/prompt-message.ts';
import { WAS_CUT } from './history.ts';
import { pruneMessages } from './prune.ts';

function exchange(input: string, output: string): PromptMessage[] {
  const toolCallId = newId('toolCall');
  return [
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', tool_call_id: toolCallId, tool: 't', input: { content: input } }],
    },
    { role: 'tool', results: [{ toolCallId, tool: 't', output, isError: false }] },
  ];
}

const long = (letter: string) => letter.repeat(10_000);
const sizeOf = (messages: readonly PromptMessage[]) => JSON.stringify(messages).length;

describe('pruneMessages', () => {
  const user: PromptMessage = { role: 'user', text: 'do it' };

  it('leaves a short conversation alone', () => {
    const messages = [user, ...exchange('a', long('b'))];
    expect(pruneMessages(messages, 20_000)).toEqual(messages);
  });

  it('prunes the oldest results first, with a note, and never the newest two', () => {
    const messages = [user, ...['a', 'b', 'c', 'd', 'e'].flatMap((letter) => exchange('x', long(letter)))];
    const pruned = pruneMessages(messages, 40_000);
    const outputs = pruned.flatMap((message) =>
      message.role === 'tool' ? message.results.map((one) => one.output) : [],
    );
    expect(outputs[0]).toContain('10000 characters of an older result');
    expect(sizeOf(pruned)).toBeLessThan(40_000);
    expect(outputs.slice(-2)).toEqual([long('d'), long('e')]);
    expect(pruned[0]).toEqual(user);
  });

  it('prunes long inputs when the results are not enough', () => {
    const messages = [user, ...['a', 'b', 'c', 'd'].flatMap((letter) => exchange(long(letter), 'ok'))];
    const pruned = pruneMessages(messages, 30_000);
    expect(sizeOf(pruned)).toBeLessThan(31_000);
    expect(JSON.stringify(pruned.at(-2))).toContain(long('d'));
  });

  it('leaves out the beginning when there is nothing else, and keeps what is asked now', () => {
    const said = (role: 'a' | 'b'): PromptMessage[] => [
      { role: 'user', text: long(role) },
      { role: 'assistant', parts: [{ type: 'text', text: long(role) }] },
    ];
    const messages: PromptMessage[] = [...said('a'), ...said('b'), user];
    const left = pruneMessages(messages, 30_000);
    expect(left).toEqual([{ role: 'user', text: expect.stringContaining('left out') }, ...messages.slice(2)]);
    expect(pruneMessages(messages, 100).slice(1)).toEqual([user]);
    // What goes on with a response goes with it.
    expect(pruneMessages([...said('a'), { role: 'user', text: WAS_CUT }], 100)).toHaveLength(3);
  });

  it('keeps its beginning the same while the conversation grows a little', () => {
    const messages = [
      user,
      ...Array.from({ length: 8 }, (_, index) => exchange('x', long(String(index)))).flat(),
    ];
    const grown = [...messages, { role: 'user' as const, text: 'and a little more' }];
    expect(pruneMessages(grown, 60_000).slice(0, -1)).toEqual(pruneMessages(messages, 60_000));
  });
});
