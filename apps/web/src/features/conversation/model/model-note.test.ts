import type { Model } from '@podex/contracts/models';
import { expect, it } from 'vitest';
import { modelNote } from './model-note.ts';

const UNKNOWN: Model = {
  id: 'openai/served',
  provider: 'openai',
  name: 'served',
  default: false,
  context_tokens: null,
  abilities: { tools: null, images: null, reasoning: null },
  reasoning_efforts: [],
};

it('says what its provider says, and nothing more', () => {
  expect(modelNote(UNKNOWN)).toBe('OpenAI');
  const abilities = { tools: true, images: true, reasoning: true };
  expect(modelNote({ ...UNKNOWN, context_tokens: 200_000, abilities })).toBe(
    'OpenAI · 200k context · images, reasoning',
  );
  expect(modelNote({ ...UNKNOWN, context_tokens: 1_048_576 })).toBe('OpenAI · 1M context');
  expect(modelNote({ ...UNKNOWN, abilities: { ...UNKNOWN.abilities, tools: false } })).toContain(
    "can't use tools",
  );
});
