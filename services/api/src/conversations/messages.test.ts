import { expect, it } from 'vitest';
import { titleFrom } from './messages.ts';

it.each([
  ['Fix the login', 'Fix the login'],
  ['  Fix\tthe   login  \nand more', 'Fix the login'],
  ['\n\nFirst real line\nsecond', 'First real line'],
  ['x'.repeat(80), 'x'.repeat(80)],
  ['x'.repeat(100), `${'x'.repeat(80)}…`],
  [`${'word '.repeat(16)}word`, `${'word '.repeat(16).trim()}…`],
  ['   ', ''],
  ['x\u001b[31mred\u001b[0m alert', 'x [31mred [0m alert'],
])('names a conversation after its first message %#', (text, title) => {
  expect(titleFrom(text)).toBe(title);
});

it('never cuts a character in two', () => {
  expect(titleFrom('😀'.repeat(60)).isWellFormed()).toBe(true);
});
