import { describe, expect, it } from 'vitest';
import { type Question, readAnswerOnPlan, readAnswerTo } from './typed-answers.ts';

const question: Question = {
  type: 'question',
  question: 'Which?',
  options: ['Red', 'Blue'],
  is_multiple: false,
};

describe('what is typed to a question', () => {
  it.each([
    ['2', { decision: 'approve', answer: { choices: ['Blue'] } }],
    ['something green', { decision: 'approve', answer: { text: 'something green' } }],
    ['2 of each', { decision: 'approve', answer: { text: '2 of each' } }],
    ['S', { decision: 'deny' }],
    ['detach', 'detach'],
    ['3', undefined],
    ['0', undefined],
    ['1,2', undefined],
    ['  ', undefined],
  ])('%s', (line, answer) => {
    expect(readAnswerTo(question, line)).toEqual(answer);
  });

  it('may be several numbers where several may be chosen', () => {
    const several = { ...question, is_multiple: true };
    expect(readAnswerTo(several, '2, 1,')).toEqual({
      decision: 'approve',
      answer: { choices: ['Blue', 'Red'] },
    });
    expect(readAnswerTo(several, '1 1')).toEqual({ decision: 'approve', answer: { choices: ['Red'] } });
    expect(readAnswerTo(several, '1 5')).toBeUndefined();
  });

  it('may be a number where there are no options', () => {
    expect(readAnswerTo({ ...question, options: [] }, '8080')).toEqual({
      decision: 'approve',
      answer: { text: '8080' },
    });
  });
});

it('says how to go on with a plan', () => {
  expect(readAnswerOnPlan('y')).toEqual({ decision: 'approve', answer: { mode: 'ask' } });
  expect(readAnswerOnPlan(' auto ')).toEqual({ decision: 'approve', answer: { mode: 'auto' } });
  expect(readAnswerOnPlan('n')).toBe('keep planning');
  expect(readAnswerOnPlan('perhaps')).toBeUndefined();
});
