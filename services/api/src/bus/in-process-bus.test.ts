import { describe, expect, it } from 'vitest';
import { describeBusContract } from '../../testing/bus/bus-contract.ts';
import { InProcessBus } from './in-process-bus.ts';

describe('InProcessBus', () => {
  const bus = new InProcessBus();
  describeBusContract(() => ({ first: bus, second: bus }));

  it('tells every subscriber when messages may have been missed', () => {
    const received: (string | null)[] = [];
    using _one = bus.subscribe('one', (payload) => received.push(payload));
    using _two = bus.subscribe('two', (payload) => received.push(payload));
    bus.wakeAll();
    expect(received).toEqual([null, null]);
  });

  it('keeps a bounded number of counters', async () => {
    for (let index = 0; index < 10_050; index += 1) await bus.hit(`many-${index}`, 60_000);
    // The oldest was forgotten to make room, so it counts from one again.
    expect((await bus.hit('many-0', 60_000)).count).toBe(1);
    expect((await bus.hit('many-10049', 60_000)).count).toBe(2);
  });
});
