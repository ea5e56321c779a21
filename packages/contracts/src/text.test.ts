import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anyText, boundedRecord, keptText, lineText, nameText, opaqueText } from './text.ts';

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe('the string types', () => {
  it.each([
    ['\0', false, false, false],
    ['\ud800', false, false, false],
    ['\u001b[31mred', false, true, false],
    ['two\nlines', false, true, false],
    ['a\u2028b', false, true, false],
    ['a\u0085b', false, true, false],
    ['grün 😀', true, true, false],
    ['ws_01k9x3v7m4q8', true, true, true],
    ['x'.repeat(41), false, false, false],
  ])('take %j as line, text, opaque: %s %s %s', (value, line, any, opaque) => {
    expect(takes(lineText(40), value)).toBe(line);
    expect(takes(anyText(40), value)).toBe(any);
    expect(takes(opaqueText(40), value)).toBe(opaque);
  });

  it('takes a name without the space around it, and no empty one', () => {
    expect(nameText(5).parse(' name \n')).toBe('name');
    expect(takes(nameText(5), ' \t ')).toBe(false);
    expect(takes(nameText(5), 'a\0b')).toBe(false);
    expect(nameText(5).parse('e\u0301')).toBe('é');
  });

  it.each(['हिन्दी', 'ประเทศไทย', 'עִבְרִית', 'e\u0301te\u0301', 'می\u200cخواهم', 'क्\u200dष', '👩\u200d💻'])(
    'takes %s as a name',
    (name) => {
      expect(takes(nameText(40), name)).toBe(true);
    },
  );

  it.each([
    ['\u202egpj.exe', 'turned around'],
    ['a\u2066b\u2069', 'an isolate'],
    ['a\u200fb', 'a direction mark'],
    ['sh\u200bop', 'a space without room'],
    ['sho\ufeffp', 'a byte order mark'],
    ['sho\u00adp', 'a soft hyphen'],
    ['a\u0007b', 'a bell'],
  ])('does not take %j as a name: %s', (name) => {
    expect(takes(nameText(40), name)).toBe(false);
    expect(takes(anyText(40), name)).toBe(true);
  });

  it('keeps what programs say, cut and mended', () => {
    expect(keptText(4).parse('a\0😀😀')).toBe('a\ufffd😀');
    expect(keptText(3).parse('a\0😀😀')).toBe('a\ufffd\ufffd');
  });

  it('counts the keys of a map, and makes nothing of __proto__', () => {
    const schema = boundedRecord(z.string().max(9), lineText(5), 2);
    expect(takes(schema, { a: '1', b: '2' })).toBe(true);
    expect(takes(schema, { a: '1', b: '2', c: '3' })).toBe(false);
    const parsed = schema.parse(JSON.parse('{"__proto__": "x", "a": "1"}'));
    expect(parsed).toEqual({ a: '1' });
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });
});
