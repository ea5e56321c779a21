import { Readable, Writable } from 'node:stream';
import { ndJsonStream, type Stream } from '@agentclientprotocol/sdk';

/** Messages of the protocol, one a line. The library’s types name the streams of browsers, which Node’s are as well. */
export function messageStream(output: Writable, input: Readable): Stream {
  return ndJsonStream(Writable.toWeb(output), Readable.toWeb(input) as ReadableStream<Uint8Array>);
}
