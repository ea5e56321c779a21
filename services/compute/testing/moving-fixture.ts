import { readdirSync } from 'node:fs';
import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { TestServer } from '../../../tests/testbed/test-server.ts';
import type { Testbed } from '../../../tests/testbed/testbed.ts';
import { LABEL_MOVE } from '../src/docker/labels.ts';
import type { ApiDouble } from './api-double.ts';

const READY_TIMEOUT_MS = 90_000;
const SETTLE_TIMEOUT_MS = 60_000;
const SCRIPT_TIMEOUT_MS = 120_000;

/** Everything that a folder holds, as the host sees it: type, rights, owner, size, time, name and link, then the content. */
const LOOK = `cd "$1" && find . -mindepth 1 '(' -type f -o -type d -o -type l ')' -printf '%y %m %U:%G %n %s %T@ %p -> %l\\n' | sed -E 's/^(d .*) [0-9]+ ([0-9]+\\.[0-9]+ )/\\1 \\2/' | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum`;

/** Two servers between which workspaces are moved. */
export class MovingFixture {
  readonly #api: ApiDouble;
  readonly #servers = new Map<ServerId, TestServer>();

  private constructor(api: ApiDouble) {
    this.#api = api;
  }

  static async start(testbed: Testbed, api: ApiDouble): Promise<MovingFixture> {
    const fixture = new MovingFixture(api);
    for (const server of testbed.servers) {
      const id = api.addServer({
        name: server.name,
        hostname: server.address,
        docker_port: server.port,
        tls_ca_path: server.tls.ca,
        tls_cert_path: server.tls.cert,
        tls_key_path: server.tls.key,
      });
      fixture.#servers.set(id, server);
    }
    for (const id of fixture.#servers.keys()) await api.untilServer(id, 'ready', READY_TIMEOUT_MS);
    return fixture;
  }

  /** Resolves when it runs. */
  async create(): Promise<WorkspaceId> {
    const id = this.#api.createWorkspace();
    await this.#settle(id, 'running');
    return id;
  }

  async stop(id: WorkspaceId): Promise<void> {
    this.#api.want(id, { desired_status: 'stopped' });
    await this.#settle(id, 'stopped');
  }

  async run(id: WorkspaceId): Promise<void> {
    this.#api.want(id, { desired_status: 'running' });
    await this.#settle(id, 'running');
  }

  serverOf(id: WorkspaceId): TestServer {
    return this.#server(this.#placeOf(id).serverId);
  }

  otherOf(id: WorkspaceId): ServerId {
    const { serverId } = this.#placeOf(id);
    const other = [...this.#servers.keys()].find((one) => one !== serverId);
    if (other === undefined) throw new Error('there is one server only');
    return other;
  }

  otherServerOf(id: WorkspaceId): TestServer {
    return this.#server(this.otherOf(id));
  }

  /** Where its files are, as the tests see it. */
  folderOf(id: WorkspaceId): string {
    return `${this.serverOf(id).storageDirectory}/${this.#placeOf(id).storageKey}`;
  }

  /** Runs a script on its server, as root; its first parameter is the folder of its files there. */
  async enter(id: WorkspaceId, script: string): Promise<string> {
    const server = this.serverOf(id);
    const folder = `${server.storagePath}/${this.#placeOf(id).storageKey}`;
    return server.enter(['bash', '-c', script, 'script', folder], { timeoutMs: SCRIPT_TIMEOUT_MS });
  }

  /** All that is true of its files. */
  look(id: WorkspaceId): Promise<string> {
    return this.enter(id, LOOK);
  }

  /** What lies on both servers besides its own folder. */
  foldersBeside(id: WorkspaceId): string[] {
    const own = this.#placeOf(id).storageKey;
    return [...this.#servers.values()].flatMap(({ storageDirectory }) =>
      [storageDirectory, `${storageDirectory}/.podex`]
        .flatMap((folder) => readdirSync(folder))
        .filter((name) => ![own, '.podex', 'disks', 'resolv.conf'].includes(name)),
    );
  }

  /** Of those that copy; a copy that has ended leaves none. */
  async containersLeft(): Promise<string[]> {
    const filter = ['ps', '--all', '--filter', `label=${LABEL_MOVE}`, '--format', '{{.Names}}'];
    const listed = await Promise.all([...this.#servers.values()].map((server) => server.docker(filter)));
    return listed.filter((names) => names !== '');
  }

  #placeOf(id: WorkspaceId): { serverId: ServerId; storageKey: string } {
    const { server_id: serverId, storage_key: storageKey } = this.#api.task(id);
    if (serverId === null) throw new Error('it was never placed');
    return { serverId, storageKey };
  }

  #server(id: ServerId): TestServer {
    const server = this.#servers.get(id);
    if (server === undefined) throw new Error(`there is no server ${id}`);
    return server;
  }

  async #settle(id: WorkspaceId, wanted: 'running' | 'stopped'): Promise<void> {
    const { status, reason } = await this.#api.untilSettled(id, SETTLE_TIMEOUT_MS);
    if (status !== wanted) throw new Error(`the workspace is ${status}: ${reason}`);
  }
}
