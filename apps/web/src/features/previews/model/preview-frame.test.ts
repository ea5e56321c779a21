import { describe, expect, it } from 'vitest';
import { canBeFramed, FRAME_SANDBOX, wishOf } from './preview-frame.ts';

const url = 'http://5173--x.preview.localhost:3001/';
const origin = new URL(url).origin;
const frame = { url, window: {} as MessageEventSource };
const data = { type: 'podex.preview', state: 's'.repeat(43), path: '/a' };

describe('a message of a preview', () => {
  it('is taken from its own frame and origin alone', () => {
    expect(wishOf({ data, origin, source: frame.window }, frame)).toEqual({
      type: 'podex.preview',
      state: data.state,
      path: '/a',
    });
    const other = {} as MessageEventSource;
    for (const message of [
      { data, origin, source: other },
      { data, origin, source: null },
      { data, origin: 'http://evil.example', source: frame.window },
      { data, origin: 'null', source: frame.window },
    ]) {
      expect(wishOf(message, frame)).toBeUndefined();
    }
    expect(wishOf({ data, origin, source: null }, { url, window: null })).toBeUndefined();
  });

  it.each([
    undefined,
    'text',
    { ...data, type: 'other' },
    { ...data, state: 'short' },
    { ...data, path: 'x'.repeat(4097) },
  ])('that is none is not taken: %j', (wrong) => {
    expect(wishOf({ data: wrong, origin, source: frame.window }, frame)).toBeUndefined();
  });
});

it('the frame of a preview never leads the page around it elsewhere', () => {
  expect(FRAME_SANDBOX).not.toMatch(/top-navigation|presentation|pointer-lock/);
});

it('knows where browsers let a preview in a frame have its cookies', () => {
  expect(canBeFramed('https://5173--x.previews.example/', 'https://podex.example/')).toBe(true);
  expect(canBeFramed('http://podex.example:3004/5173--x/', 'http://podex.example:3000/')).toBe(true);
  expect(canBeFramed(url, 'http://localhost:3000/workspaces/a')).toBe(true);
  expect(canBeFramed('http://5173--x.previews.example/', 'http://podex.example/')).toBe(false);
});
