import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import type { ModelPart } from '../models/model-part.ts';
import { ModelResponse } from './model-response.ts';

function responseOf(parts: ModelPart[]) {
  const response = new ModelResponse({ turn_id: newId('turn'), step_id: newId('step') }, 'p');
  const events = parts.flatMap((part) => response.take(part));
  return { response, events };
}

describe('ModelResponse', () => {
  it('keeps parts in the order in which they began, with the vendor’s own data', () => {
    const metadata = { vendor: { signature: 's' } };
    const { response, events } = responseOf([
      { type: 'reasoning.start', id: '0' },
      { type: 'reasoning.delta', id: '0', text: 'hm' },
      { type: 'reasoning.end', id: '0', metadata },
      { type: 'text.start', id: '0' },
      { type: 'text.delta', id: '0', text: 'I look.' },
      { type: 'tool_call.start', id: 'v1', tool: 'read_file' },
      { type: 'tool_call.input', id: 'v1', delta: '{"path":"a"}' },
      { type: 'text.end', id: '0', metadata: undefined },
      { type: 'tool_call.ready', id: 'v1', tool: 'read_file', input: { path: 'a' }, metadata: undefined },
    ]);
    const [reasoning, text, call] = response.assistant();
    expect(reasoning).toEqual({ type: 'reasoning', text: 'hm', provider_metadata: metadata });
    expect(text).toEqual({ type: 'text', text: 'I look.' });
    expect(call).toMatchObject({ type: 'tool_call', tool: 'read_file', input: { path: 'a' } });
    const started = events.find((event) => event.type === 'tool_call.start');
    expect(response.readyEvents()).toMatchObject([
      { tool_call_id: started?.tool_call_id, summary: 'Read a' },
    ]);
  });

  it('keeps two texts of the same vendor id apart', () => {
    const text = (words: string): ModelPart[] => [
      { type: 'text.start', id: 't' },
      { type: 'text.delta', id: 't', text: words },
      { type: 'text.end', id: 't', metadata: undefined },
    ];
    const { response, events } = responseOf([...text('one'), ...text('two')]);
    expect(response.assistant()).toMatchObject([{ text: 'one' }, { text: 'two' }]);
    const ids = events.flatMap((event) => (event.type === 'text.start' ? [event.part_id] : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('broken off, keeps the text so far and no half-written call', () => {
    const { response } = responseOf([
      { type: 'text.start', id: 't' },
      { type: 'text.delta', id: 't', text: 'half a' },
      { type: 'tool_call.start', id: 'v', tool: 'read_file' },
      { type: 'tool_call.input', id: 'v', delta: '{"pa' },
    ]);
    expect(response.breakOff()).toMatchObject([{ type: 'text.end', text: 'half a' }]);
    expect(response.assistant()).toEqual([{ type: 'text', text: 'half a' }]);
  });

  it('is empty without text and calls', () => {
    expect(
      responseOf([
        { type: 'text.start', id: 't' },
        { type: 'text.delta', id: 't', text: ' \n' },
      ]).response.facts.isEmpty,
    ).toBe(true);
    expect(responseOf([{ type: 'reasoning.delta', id: 'r', text: 'hm' }]).response.facts.isEmpty).toBe(true);
  });
});
