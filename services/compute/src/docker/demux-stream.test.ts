import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demuxOutput, FrameParser, ProcessStream } from './demux-stream.ts';

function frame(stream: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

describe('FrameParser', () => {
  it('gives each stream its bytes, wherever the chunks are cut', () => {
    const frames = fc.array(
      fc.record({ stream: fc.constantFrom(1, 2), bytes: fc.uint8Array({ maxLength: 40 }) }),
    );
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1 }), (sent, cuts) => {
        const wire = Buffer.concat(sent.map(({ stream, bytes }) => frame(stream, bytes)));
        const parser = new FrameParser();
        const got: Record<number, Buffer[]> = { 1: [], 2: [] };
        for (let offset = 0, turn = 0; offset < wire.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1;
          for (const { stream, bytes } of parser.parse(wire.subarray(offset, offset + length))) {
            got[stream]?.push(Buffer.from(bytes));
          }
          offset += length;
        }
        for (const stream of [1, 2]) {
          const expected = Buffer.concat(
            sent.filter((one) => one.stream === stream).map(({ bytes }) => bytes),
          );
          expect(Buffer.concat(got[stream] ?? []).equals(expected)).toBe(true);
        }
      }),
    );
  });

  it('refuses what is not multiplexed', () => {
    expect(() => demuxOutput(Buffer.from('plain text of a terminal'))).toThrow('not multiplexed');
  });
});

describe('ProcessStream', () => {
  it('is stdin and stdout, and keeps the end of stderr', async () => {
    const [engine, connection] = duplexPair();
    const stream = new ProcessStream(connection);
    engine.write(Buffer.concat([frame(1, Buffer.from('out')), frame(2, Buffer.from('oh no'))]));
    stream.write('in');
    expect(String(await new Promise((resolve) => stream.once('data', resolve)))).toBe('out');
    expect(String(await new Promise((resolve) => engine.once('data', resolve)))).toBe('in');
    expect(stream.stderr).toBe('oh no');
  });

  it('lets the process wait for a reader that does not read', async () => {
    const [engine, connection] = duplexPair({ highWaterMark: 1024 });
    const stream = new ProcessStream(connection);
    let accepted = 0;
    while (accepted < 1000 && engine.write(frame(1, Buffer.alloc(1000)))) accepted += 1;
    stream.once('readable', () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    for (let more = 0; more < 200; more += 1) engine.write(frame(1, Buffer.alloc(1000)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.readableLength).toBeLessThan(200_000);
    expect(engine.writableNeedDrain).toBe(true);
  });

  it('closes at the end of the process, and says no `end` before', async () => {
    const [engine, connection] = duplexPair();
    const stream = new ProcessStream(connection);
    const events: string[] = [];
    stream.on('end', () => events.push('end'));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.resume();
    engine.end(frame(1, Buffer.from('last words')));
    await closed;
    expect(events).toEqual([]);
  });

  it('ends with the connection', async () => {
    const [engine, connection] = duplexPair();
    const stream = new ProcessStream(connection);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    connection.destroy();
    await closed;
    expect(engine.destroyed || stream.destroyed).toBe(true);
  });
});
