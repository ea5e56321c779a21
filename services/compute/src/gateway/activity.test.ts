import { newId } from '@podex/contracts/ids';
import { Background } from '@podex/service-kit/background';
import { createLogger } from '@podex/service-kit/logger';
import { describe, expect, it } from 'vitest';
import { Activity, isUse } from './activity.ts';

describe('Activity', () => {
  it('tells of each workspace once, and again after a failure', async () => {
    const told: (readonly string[])[] = [];
    let isDown = true;
    const activity = new Activity(async (ids) => {
      if (isDown) throw new Error('api is down');
      told.push(ids);
    });
    const id = newId('workspace');
    activity.note(id);
    activity.note(id);
    await expect(activity.flush()).rejects.toThrow('api is down');
    isDown = false;
    await activity.flush();
    await activity.flush();
    expect(told).toEqual([[id]]);
  });
});

describe('Activity that was started', () => {
  it('tells of the first use after a pause at once, and gathers what follows', async () => {
    const background = new Background(createLogger({ service: 'test', level: 'silent' }));
    const told: (readonly string[])[] = [];
    const first = Promise.withResolvers<void>();
    const activity = new Activity(async (ids) => {
      told.push(ids);
      first.resolve();
    });
    activity.start(background);
    const id = newId('workspace');
    activity.note(id);
    expect(activity.isNoted(id)).toBe(true);
    await first.promise;
    activity.note(id);
    await background.stop();
    expect(told).toEqual([[id]]);
  });
});

describe('isUse', () => {
  it.each([
    ['GET', false],
    ['HEAD', false],
    ['PUT', true],
    ['POST', true],
    ['DELETE', true],
  ])('%s', (method, expected) => {
    expect(isUse(method)).toBe(expected);
  });
});
