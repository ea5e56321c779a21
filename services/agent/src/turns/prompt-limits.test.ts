import { newId } from '@podex/contracts/ids';
import { expect, it } from 'vitest';
import { PromptLimits } from './prompt-limits.ts';

it('holds what was learnt in one conversation for that conversation and model alone', () => {
  const limits = new PromptLimits();
  const place = { conversationId: newId('conversation'), model: 'a' };
  limits.learn(place, 240_000);
  expect(limits.find(place)).toBe(240_000);
  expect(limits.find({ ...place, model: 'b' })).toBeUndefined();
  expect(limits.find({ ...place, conversationId: newId('conversation') })).toBeUndefined();
});

it('forgets the oldest, so that it stays small', () => {
  const limits = new PromptLimits();
  const first = { conversationId: newId('conversation'), model: 'a' };
  limits.learn(first, 1);
  for (let count = 0; count < 10_000; count += 1) {
    limits.learn({ conversationId: newId('conversation'), model: 'a' }, 2);
  }
  expect(limits.find(first)).toBeUndefined();
});
