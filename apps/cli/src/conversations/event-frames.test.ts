import { describe, expect, it } from 'vitest';
import { type EventFrame, readFrames } from './event-frames.ts';

async function framesOf(text: string, cut: number): Promise<EventFrame[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  }
  const frames: EventFrame[] = [];
  for await (const frame of readFrames(pieces())) frames.push(frame);
  return frames;
}

describe('a stream of events', () => {
  const stream =
    ': waiting\n\nid: 7\ndata: {"text":"naïve 👩‍💻: \\n"}\n\nevent: reset\ndata: {"seq":9}\n\ndata: half';

  it.each([[1], [2], [7], [1000]])('is read the same in pieces of %i bytes', async (cut) => {
    expect(await framesOf(stream, cut)).toEqual([
      { event: 'message', data: '{"text":"naïve 👩‍💻: \\n"}' },
      { event: 'reset', data: '{"seq":9}' },
    ]);
  });
});
