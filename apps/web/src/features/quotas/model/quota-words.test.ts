import { describe, expect, it } from 'vitest';
import { fullnessOf, quotasOf, readLimits, usedText } from './quota-words.ts';

const formOf = (values: Record<string, string>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  return form;
};

it.each([
  [{ used: 3, max: 20, unit: 'count' }, '3 of 20'],
  [{ used: 1.256, max: null, unit: 'usd' }, '$1.26, no limit'],
  [{ used: 2048, max: 32_768, unit: 'mb' }, '2 GB of 32 GB'],
  [{ used: 10, max: 400, unit: 'gb' }, '10 GB of 400 GB'],
] as const)('says %j in words', (use, words) => {
  expect(usedText(use)).toBe(words);
});

it.each([
  [{ used: 5, max: null }, 0, 'ample'],
  [{ used: 7, max: 10 }, 0.7, 'ample'],
  [{ used: 8, max: 10 }, 0.8, 'nearly_full'],
  [{ used: 12, max: 10 }, 1, 'full'],
  [{ used: 0, max: 0 }, 1, 'full'],
])('says how full %j is', (use, share, tone) => {
  expect(fullnessOf(use)).toEqual({ share, tone });
});

describe('limits that an admin types', () => {
  it('are numbers, or the platform’s where a field is empty', () => {
    const read = readLimits('team', formOf({ workspaces: ' 7 ', spend_usd_today: '2.5' }));
    expect(read).toEqual({
      input: {
        ...Object.fromEntries(quotasOf('team').map((quota) => [quota, null])),
        workspaces: 7,
        spend_usd_today: 2.5,
      },
    });
  });

  it('are refused at their field', () => {
    expect(readLimits('user', formOf({ workspaces: 'many', cpu: '0' }))).toEqual({
      problems: { workspaces: 'Must be a number.', cpu: expect.any(String) },
    });
  });
});
