import type { Duplex } from 'node:stream';
import type { Actor } from '../calls/actor.ts';
import type { EndReason } from '../calls/request-end.ts';
import {
  type ConnectionRegistry,
  credentialOf,
  END_MESSAGES,
  ENDED_CLOSE_CODE,
  type WorkspaceView,
} from './connection-registry.ts';

const FIN_AND_CLOSE = 0x88;
/** A socket that does not take the close frame within it is cut. */
const CLOSE_TIMEOUT_MS = 500;

export interface AttachedSocket {
  actor: Actor;
  view: WorkspaceView;
  address: string;
  socket: Duplex;
}

/**
 * Registers a WebSocket whose frames go through to a workspace, until it closes.
 *
 * @throws PodexError limit_reached.
 */
export function registerAttached(registry: ConnectionRegistry, attached: AttachedSocket): void {
  const { actor, view, address, socket } = attached;
  const registered = registry.register({
    credential: credentialOf(actor),
    what: 'terminal',
    view,
    address,
    close: (reason) => endAttached(socket, reason),
  });
  socket.once('close', () => registered[Symbol.dispose]());
  if (socket.destroyed) registered[Symbol.dispose]();
}

/** The frame may follow half a frame of the workspace; a client then sees a broken connection in place of the code. */
function endAttached(socket: Duplex, reason: EndReason): void {
  // Nothing that the client sends from now on reaches the workspace.
  socket.unpipe();
  socket.pause();
  socket.end(closeFrame(ENDED_CLOSE_CODE, END_MESSAGES[reason]), () => socket.destroy());
  const cut = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
  socket.once('close', () => clearTimeout(cut));
}

/** A server’s frames are not masked (RFC 6455 §5.1); a control frame holds 125 bytes at most. */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  const frame = Buffer.alloc(4 + text.length);
  frame.writeUInt8(FIN_AND_CLOSE, 0);
  frame.writeUInt8(2 + text.length, 1);
  frame.writeUInt16BE(code, 2);
  text.copy(frame, 4);
  return frame;
}
