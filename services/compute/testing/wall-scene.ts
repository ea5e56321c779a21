import { createSocket } from 'node:dgram';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { TestServer } from '../../../tests/testbed/test-server.ts';
import type { ComputeFixture } from './compute-fixture.ts';

/** What every name is, says the resolver of the tests. */
export const ANSWERED_ADDRESS = '192.0.2.77';
const TTL_SECONDS = 60;

/** A name server over UDP that gives the same address for every name. */
export async function startResolver(
  address: string,
  answer: () => string = () => ANSWERED_ADDRESS,
): Promise<AsyncDisposable> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address: from }) =>
    socket.send(responseTo(query, answer()), port, from),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, address, resolve);
  });
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/** RFC 1035: the question again, and for type A one answer that points to its name. */
function responseTo(query: Buffer, address: string): Buffer {
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const isAddress = question.readUInt16BE(question.length - 4) === 1;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isAddress ? 1 : 0, 6);
  if (!isAddress) return Buffer.concat([header, question]);
  const answer = Buffer.alloc(16);
  answer.writeUInt16BE(0xc00c, 0);
  answer.writeUInt16BE(1, 2);
  answer.writeUInt16BE(1, 4);
  answer.writeUInt32BE(TTL_SECONDS, 6);
  answer.writeUInt16BE(4, 10);
  answer.set(address.split('.').map(Number), 12);
  return Buffer.concat([header, question, answer]);
}

/** A program for Node that says hello and then repeats what it hears; it prints `up` once it listens. */
export function echoProgram(address: string, port: number): string {
  const serve = "s => { s.on('error', () => s.destroy()); s.write('hello\\n'); s.pipe(s); }";
  return `require('net').createServer(${serve}).listen(${port}, '${address}', () => console.log('up'))`;
}

/** An echo in a host of the testbed that lives as long as the host. */
export async function listenIn(server: TestServer, address: string, port: number): Promise<void> {
  const start = `read -r line < <(exec setsid ${process.execPath} -e "$0" 2>/dev/null </dev/null); [ "$line" = up ]`;
  await server.enter(['bash', '-c', start, echoProgram(address, port)]);
}

/** The same with datagrams. */
export async function echoDatagramsIn(server: TestServer, address: string, port: number): Promise<void> {
  const program = `const s = require('dgram').createSocket('udp4'); s.on('message', (m, r) => s.send(m, r.port, r.address)); s.bind(${port}, '${address}', () => console.log('up'))`;
  const start = `read -r line < <(exec setsid ${process.execPath} -e "$0" 2>/dev/null </dev/null); [ "$line" = up ]`;
  await server.enter(['bash', '-c', start, program]);
}

export interface Place {
  name: string;
  address: string;
  port: number;
}

/** The names of those places that take a TCP connection from inside a workspace, in their order. */
export async function reachedFrom(
  { client }: Pick<ComputeFixture, 'client'>,
  id: WorkspaceId,
  places: readonly Place[],
): Promise<string[]> {
  const tries = places.map(
    ({ address, port }, index) => `{ ${connectLine(address, port)} && echo ${index}; } &`,
  );
  const lines = (await client.run(id, `${tries.join(' ')} wait; echo end`)).trim().split('\n');
  if (lines.at(-1) !== 'end') throw new Error(`the tries did not come to their end: ${lines.join(' ')}`);
  const reached = new Set(lines.slice(0, -1).map(Number));
  return places.filter((_, index) => reached.has(index)).map(({ name }) => name);
}

/** Whether a host of the testbed, which no rule holds back, can connect. */
export async function isOpenFromHost(server: TestServer, { address, port }: Place): Promise<boolean> {
  const words = await server.enter([
    'bash',
    '-c',
    `${connectLine(address, port)} && echo open || echo closed`,
  ]);
  return words === 'open';
}

function connectLine(address: string, port: number): string {
  return `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null`;
}
