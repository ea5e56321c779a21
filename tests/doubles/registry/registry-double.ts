import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const TAR_BLOCK = 512;
const HALF_PIECES = 8;
const PIECE_EVERY_MS = 150;

/** `hang` takes a request and says nothing; `half` sends half of a blob and keeps the rest until it is released. */
export type RegistryBehaviour = 'serve' | 'hang' | 'half' | 'broken' | 'wrong';

interface Blob {
  type: string;
  bytes: Buffer;
}

/** A registry that speaks the OCI distribution protocol over plain HTTP, as engines take it from 127.0.0.1, with one image of one file. */
export class RegistryDouble {
  readonly #server: Server;
  readonly #blobs = new Map<string, Blob>();
  readonly #manifest: Buffer;
  readonly #waiting = new Set<() => void>();
  #isReleased = false;
  manifests: RegistryBehaviour = 'serve';
  layers: RegistryBehaviour = 'serve';
  readonly requests: string[] = [];

  private constructor(layerBytes: number) {
    const layer = tarOf('content', randomBytes(layerBytes));
    const packed = gzipSync(layer, { level: 1 });
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
      }),
    );
    const describe = (mediaType: string, bytes: Buffer) => {
      this.#blobs.set(digestOf(bytes), { type: mediaType, bytes });
      return { mediaType, digest: digestOf(bytes), size: bytes.length };
    };
    this.#manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: describe('application/vnd.oci.image.config.v1+json', config),
        layers: [describe('application/vnd.oci.image.layer.v1.tar+gzip', packed)],
      }),
    );
    this.#server = createServer((request, response) => this.#respond(request, response));
  }

  static async start(options: { layerBytes: number }): Promise<RegistryDouble> {
    const registry = new RegistryDouble(options.layerBytes);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  /** Host and port, as they stand before the name of an image. */
  get host(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  }

  /** Sends the rest of what was kept back, now and from now on. */
  release(): void {
    this.#isReleased = true;
    for (const send of this.#waiting) send();
    this.#waiting.clear();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #respond({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${method} ${url}`);
    const isHead = method === 'HEAD';
    const [digest = ''] = /sha256:[0-9a-f]{64}$/.exec(url) ?? [];
    const blob = this.#blobs.get(digest);
    if (url === '/v2/') {
      response.writeHead(200).end('{}');
    } else if (/^\/v2\/[\w/-]+\/manifests\//.test(url)) {
      this.#send({ type: MANIFEST_TYPE, bytes: this.#manifest }, this.manifests, isHead, response);
    } else if (blob === undefined) {
      refuse(response, 404, 'BLOB_UNKNOWN', 'no such blob');
    } else {
      this.#send(blob, blob.type.includes('layer') ? this.layers : 'serve', isHead, response);
    }
  }

  #send({ type, bytes }: Blob, how: RegistryBehaviour, isHead: boolean, response: ServerResponse): void {
    if (how === 'hang') return;
    if (how === 'broken') {
      refuse(response, 500, 'UNKNOWN', 'the registry is out of order');
      return;
    }
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'docker-content-digest': digestOf(bytes),
    });
    if (isHead) response.end();
    else if (how === 'half') this.#sendHalf(bytes, response);
    else response.end(how === 'wrong' ? Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]) : bytes);
  }

  /** Piece by piece: an engine tells of a few changes in a second, and of the last only when there is another. */
  #sendHalf(bytes: Buffer, response: ServerResponse): void {
    const size = Math.floor(bytes.length / 2 / HALF_PIECES);
    let sent = 0;
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent * size, (sent + 1) * size));
      sent += 1;
      if (sent < HALF_PIECES) return;
      clearInterval(timer);
      const sendRest = () => {
        response.end(bytes.subarray(sent * size));
      };
      if (this.#isReleased) sendRest();
      else this.#waiting.add(sendRest);
    }, PIECE_EVERY_MS);
    response.once('close', () => clearInterval(timer));
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A tar archive of one file (POSIX ustar). */
function tarOf(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(TAR_BLOCK);
  head.write(name, 0);
  head.write('0000644\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  head.write('00000000000\0', 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK);
  return Buffer.concat([head, content, padding, Buffer.alloc(2 * TAR_BLOCK)]);
}
