import { describe, expect, it } from 'vitest';
import { streamLines } from './stream-lines.ts';

describe('streamLines', () => {
  it('gives whole lines wherever the bytes are cut', async () => {
    const bytes = new TextEncoder().encode('one\ntwö\n\nthree');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const lines: string[] = [];
    for await (const line of streamLines(stream)) lines.push(line);
    expect(lines).toEqual(['one', 'twö', '', 'three']);
  });

  it('ends the stream when the reader stops', async () => {
    let isEnded = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('line\n')),
      cancel: () => {
        isEnded = true;
      },
    });
    for await (const line of streamLines(stream)) {
      expect(line).toBe('line');
      break;
    }
    expect(isEnded).toBe(true);
  });
});
