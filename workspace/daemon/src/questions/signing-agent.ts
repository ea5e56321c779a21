import { createServer, type Socket } from 'node:net';
import { type PlatformAnswer, refusalOf } from './ask-platform.ts';

// Numbers of the agent’s protocol: draft-miller-ssh-agent, OpenSSH’s PROTOCOL.agent.
const FAILURE = 5;
const SUCCESS = 6;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const EXTENSION = 27;
const SESSION_BIND = 'session-bind@openssh.com';
const MESSAGE_BYTES_MAX = 65_536;

interface ToSign {
  data: string;
  host_key: string;
  host_signature: string;
}

export interface SigningAgentOptions {
  socketPath: string;
  /** Type and base64. */
  publicKey: string;
  sign: (asked: ToSign) => Promise<PlatformAnswer>;
  onRefused: (reason: string) => void;
}

export interface SigningAgent {
  readonly hasRefused: boolean;
  close(): void;
}

/** An agent for one run of ssh that has one key, without its private half: the platform signs. */
export async function startSigningAgent(options: SigningAgentOptions): Promise<SigningAgent> {
  const { socketPath, publicKey, sign, onRefused } = options;
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  let hasRefused = false;
  const refuse = (reason: string) => {
    hasRefused = true;
    onRefused(reason);
    return Buffer.from([FAILURE]);
  };

  async function answer(message: Buffer, bound: Bound): Promise<Buffer> {
    const kind = message[0];
    const fields = fieldsOf(message.subarray(1));
    if (kind === REQUEST_IDENTITIES)
      return Buffer.concat([Buffer.from([IDENTITIES_ANSWER, 0, 0, 0, 1]), string(blob), string('podex')]);
    if (kind === EXTENSION && fields[0]?.toString('latin1') === SESSION_BIND) {
      bound.hostKey = fields[1];
      bound.signature = fields[3];
      return Buffer.from([SUCCESS]);
    }
    const data = fields[1];
    if (kind !== SIGN_REQUEST || data === undefined || fields[0]?.equals(blob) !== true)
      return Buffer.from([FAILURE]);
    if (bound.hostKey === undefined || bound.signature === undefined)
      return refuse(
        'ssh did not say which host it talks to. It needs OpenSSH 8.9 or newer in the workspace.',
      );
    const given = await sign({
      data: data.toString('base64'),
      host_key: bound.hostKey.toString('base64'),
      host_signature: bound.signature.toString('base64'),
    });
    if (given.kind !== 'signature' || given.signature === undefined) return refuse(refusalOf(given));
    return Buffer.concat([Buffer.from([SIGN_RESPONSE]), string(Buffer.from(given.signature, 'base64'))]);
  }

  const server = createServer((socket) => void serve(socket, answer));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    get hasRefused() {
      return hasRefused;
    },
    close: () => void server.close(),
  };
}

/** What ssh proved of the connection that it is about to sign in on. */
interface Bound {
  hostKey?: Buffer | undefined;
  signature?: Buffer | undefined;
}

async function serve(
  socket: Socket,
  answer: (message: Buffer, bound: Bound) => Promise<Buffer>,
): Promise<void> {
  const bound: Bound = {};
  let held: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      held = Buffer.concat([held, chunk]);
      for (let length = lengthOf(held); held.length >= 4 + length; length = lengthOf(held)) {
        socket.write(string(await answer(held.subarray(4, 4 + length), bound)));
        held = held.subarray(4 + length);
      }
      if (held.length > MESSAGE_BYTES_MAX) break;
    }
  } catch {
    // ssh has gone, or the platform gave no answer: ssh goes on without the key.
  } finally {
    socket.destroy();
  }
}

function lengthOf(bytes: Buffer): number {
  return bytes.length < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt32BE();
}

/** Strings with their lengths before them, as far as there are any (RFC 4251 §5). */
function fieldsOf(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
