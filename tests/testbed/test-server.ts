import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type ClientTls,
  createCertificates,
  type RefusedTls,
  type ServerCertificates,
} from './certificates.ts';
import {
  configureEngine,
  ENGINE_PORT,
  endHostEngine,
  engineFiles,
  enterHost,
  startHostEngine,
} from './host-engine.ts';
import { killHostInit, STORAGE_PATH, startHostInit } from './host-init.ts';
import {
  createHostNetwork,
  cutLink,
  type HostNetwork,
  healLink,
  hostNetwork,
  type TestbedNetwork,
} from './network.ts';
import { type RunOptions, runCommand } from './run-command.ts';
import type { TestServerOptions } from './server-options.ts';

const DOCKER_TIMEOUT_MS = 60_000;

export interface CreateServerOptions extends TestServerOptions {
  testbed: TestbedNetwork;
  /** The testbed's folder; the server's own is below it. */
  directory: string;
  /** Counts from 1. */
  index: number;
  liveRestore: boolean;
  /** Fills the engine's data folder before its first start. */
  seedData: (dataDirectory: string) => Promise<void>;
}

/** One workspace server: a host with a network, storage and a Docker engine of its own. */
export class TestServer {
  /** Also the name of the host, e.g. `ws-1`. */
  readonly name: string;
  readonly address: string;
  readonly port = ENGINE_PORT;
  /** What a client needs that this server accepts. */
  readonly tls: ClientTls;
  /** What this server must refuse. */
  readonly refused: RefusedTls;
  /** ca.pem, server-…, client-cert.pem, client-key.pem. */
  readonly certificatesDirectory: string;
  /** Where the host itself has its storage: the same path on every server, another folder on each. */
  readonly storagePath = STORAGE_PATH;
  /** The same folder as the tests see it. */
  readonly storageDirectory: string;

  readonly #options: CreateServerOptions;
  readonly #network: HostNetwork;
  readonly #certificates: ServerCertificates;
  readonly #files: ReturnType<typeof engineFiles>;
  #initPid: number | undefined;

  private constructor(options: CreateServerOptions, network: HostNetwork, certificates: ServerCertificates) {
    this.name = serverName(options.index);
    const directory = path.join(options.directory, this.name);
    this.address = network.address;
    this.tls = certificates.client;
    this.refused = certificates.refused;
    this.certificatesDirectory = certificates.directory;
    this.storageDirectory = path.join(directory, 'workspaces');
    this.#options = options;
    this.#network = network;
    this.#certificates = certificates;
    this.#files = engineFiles(directory);
  }

  /** Makes the server and boots it. */
  static async create(options: CreateServerOptions): Promise<TestServer> {
    const name = serverName(options.index);
    const network = hostNetwork(options.testbed, name, options.index);
    const certificates = await createCertificates(path.join(options.directory, name, 'certs'), {
      name,
      address: network.address,
      certificate: options.certificate ?? 'valid',
    });
    const server = new TestServer(options, network, certificates);
    await mkdir(server.storageDirectory, { recursive: true });
    await createHostNetwork(options.testbed, network);
    await server.#configure();
    await options.seedData(server.#files.data);
    await server.boot();
    return server;
  }

  /** Powers the host on and starts its engine. */
  async boot(): Promise<void> {
    await rm(this.#files.exec, { recursive: true, force: true });
    await mkdir(this.#files.settings, { recursive: true });
    await healLink(this.#network);
    this.#initPid = await startHostInit({
      name: this.name,
      network: this.#network,
      storage: this.storageDirectory,
      engineSettings: this.#files.settings,
      logFile: path.join(this.#files.directory, 'host.log'),
    });
    await this.start();
  }

  /** Power loss: nothing says good-bye, everything that ran is gone, disks stay. `boot` brings it back. */
  async crash(): Promise<void> {
    // First the cable: a killed process would still close its connections.
    await cutLink(this.#network);
    await killHostInit(this.#requireInit());
    this.#initPid = undefined;
  }

  /** Starts the engine and waits until it answers. */
  async start(): Promise<void> {
    await startHostEngine(this.#files, this.#requireInit());
  }

  /** Stops the engine as a service manager does. Containers go on if the testbed has live-restore. */
  async stop(): Promise<void> {
    await endHostEngine(this.#files, this.#requireInit(), 'TERM');
  }

  /** The engine crashes; the host and its containers stay. */
  async kill(): Promise<void> {
    await endHostEngine(this.#files, this.#requireInit(), 'KILL');
  }

  /** Cuts the host off the network: packets vanish, connections hang. */
  async cut(): Promise<void> {
    await cutLink(this.#network);
  }

  async heal(): Promise<void> {
    await healLink(this.#network);
  }

  /** Runs a program in the host, as root, and returns its output. */
  async enter(command: string[], options: RunOptions = {}): Promise<string> {
    return runCommand('nsenter', [...enterHost(this.#requireInit()), ...command], options);
  }

  /**
   * Runs the docker client against this server over TLS and returns its output.
   *
   * @param options.tls other credentials than the good ones, e.g. one of `refused`.
   * @throws ExecaError with the client's error text.
   */
  async docker(args: string[], options: RunOptions & { tls?: Partial<ClientTls> } = {}): Promise<string> {
    const { tls = this.tls, timeoutMs = DOCKER_TIMEOUT_MS, ...rest } = options;
    const credentials = [
      ...(tls.ca ? [`--tlscacert=${tls.ca}`] : []),
      ...(tls.cert ? [`--tlscert=${tls.cert}`] : []),
      ...(tls.key ? [`--tlskey=${tls.key}`] : []),
    ];
    return runCommand(
      'docker',
      ['--tlsverify', ...credentials, `--host=tcp://${this.address}:${this.port}`, ...args],
      {
        ...rest,
        timeoutMs,
        // Nothing of the user's own docker settings: contexts, credentials, default certificates.
        env: {
          DOCKER_CONFIG: this.#options.directory,
          DOCKER_CONTEXT: '',
          DOCKER_HOST: '',
          DOCKER_CERT_PATH: this.#options.directory,
        },
      },
    );
  }

  /** The engine's log, for a failing test. */
  get engineLogFile(): string {
    return this.#files.logFile;
  }

  /** The engine's local socket: a way in that `cut` does not close. */
  get socketPath(): string {
    return this.#files.socket;
  }

  /** The engine's images and containers. */
  get dataDirectory(): string {
    return this.#files.data;
  }

  async #configure(): Promise<void> {
    await configureEngine(this.#files, {
      index: this.#options.index,
      network: this.#network,
      certificates: this.#certificates,
      runtimes: this.#options.runtimes ?? 'runsc',
      liveRestore: this.#options.liveRestore,
    });
  }

  #requireInit(): number {
    if (this.#initPid === undefined) throw new Error(`${this.name} has no power: call boot() first`);
    return this.#initPid;
  }
}

function serverName(index: number): string {
  return `ws-${index}`;
}
