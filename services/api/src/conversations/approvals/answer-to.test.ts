import { describe, expect, it } from 'vitest';
import { answerTo } from './answer-to.ts';

const question = { type: 'question', question: 'Which?', options: ['a', 'b'], is_multiple: false } as const;
const said = (answer: { choices?: string[]; text?: string | null; mode?: 'ask' | 'auto' }) => ({
  decision: 'approve' as const,
  answer: { choices: [], text: null, ...answer },
});

describe('an answer to a question', () => {
  const ask = (answer: Parameters<typeof said>[0], isMultiple = false) =>
    answerTo({ ...question, options: [...question.options], is_multiple: isMultiple }, said(answer));

  it('is an option, words of the person, or both', () => {
    expect(ask({ choices: ['b'] })).toEqual({ choices: ['b'], text: null });
    expect(ask({ text: ' neither ' })).toEqual({ choices: [], text: 'neither' });
    expect(ask({ choices: ['a', 'b', 'a'], text: 'both' }, true)).toEqual({
      choices: ['a', 'b'],
      text: 'both',
    });
  });

  it('is neither empty nor beside the options', () => {
    for (const wrong of [
      {},
      { text: '  ' },
      { choices: ['c'] },
      { choices: ['a', 'b'] },
      { text: 'x', mode: 'ask' as const },
    ])
      expect(() => ask(wrong), JSON.stringify(wrong)).toThrow();
  });

  it('may be declined', () => {
    expect(answerTo({ ...question, options: ['a', 'b'] }, { decision: 'deny' })).toBeNull();
  });
});

describe('a decision on a plan', () => {
  const plan = { type: 'plan', markdown: '# Plan' } as const;

  it('names the mode to go on in when it is approved, and only then', () => {
    expect(answerTo(plan, said({ mode: 'auto' }))).toEqual({ choices: [], text: null, mode: 'auto' });
    expect(() => answerTo(plan, said({}))).toThrow('Choose the mode');
    expect(() => answerTo(plan, { ...said({ mode: 'ask' }), decision: 'deny' })).toThrow();
  });

  it('keeps what is to be changed', () => {
    expect(answerTo(plan, { ...said({ text: 'smaller' }), decision: 'deny' })).toEqual({
      choices: [],
      text: 'smaller',
    });
    expect(answerTo(plan, { decision: 'deny' })).toBeNull();
  });
});

it('has no place where something is only allowed or not', () => {
  expect(answerTo(null, { decision: 'approve' })).toBeNull();
  expect(() => answerTo({ type: 'command', command: 'ls', cwd: null }, said({ text: 'x' }))).toThrow();
});
