import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { ServerNetworkPolicies } from '@podex/contracts/internal/network-policies';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { within } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { freshFlight } from '../waiting/single-flight.ts';
import { applyWall } from './apply-wall.ts';
import { egressRules } from './egress-rules.ts';
import { hostsOf, policyRules } from './policy-rules.ts';
import type { ResolveHosts } from './resolve-hosts.ts';
import { ResolvedNames } from './resolved-names.ts';
import type { WallNames } from './wall-names.ts';

/** How soon an address that a host name newly has can be reached. */
const RESOLVE_EVERY_MS = 30_000;
/** How long a policy waits for names that are new. */
const RESOLVE_WAIT_MS = 10_000;

/** What the preflight found of a server. */
export interface WallSite {
  names: WallNames;
  resolvers: readonly string[];
}

export interface NetworkPoliciesOptions {
  api: Pick<ApiClient, 'readNetworkPolicies'>;
  settings: ContainerSettings;
  resolveHosts: ResolveHosts;
  engineOf: (id: ServerId) => Promise<Engine>;
  /** The packet filter of a server takes no rules. */
  onRefused: (id: ServerId) => void;
  background: Background;
  logger: Logger;
  resolveEveryMs?: number;
}

interface Server {
  site: WallSite;
  /** What api said last. */
  policies: ServerNetworkPolicies;
  names: ResolvedNames;
  /** What was last put into its packet filter. */
  applied: string;
  /** Who asks during a run gets the one after it. */
  enforce: () => Promise<void>;
}

/**
 * Holds workspaces to their network policies, with rules beside those of the wall: all policies of a server at once, as api has them, in
 * one transaction. So whatever was done before, and by whom, the last one leaves what is wanted.
 */
export class NetworkPolicies {
  readonly #options: NetworkPoliciesOptions;
  readonly #servers = new Map<ServerId, Server>();

  constructor(options: NetworkPoliciesOptions) {
    this.#options = options;
  }

  start(): void {
    const { background, resolveEveryMs = RESOLVE_EVERY_MS } = this.#options;
    background.every('network-names', resolveEveryMs, (signal) => this.#refreshNames(signal));
  }

  /**
   * Puts the wall and the policies of all its workspaces into the server’s packet filter.
   *
   * @returns which iptables did it.
   * @throws PodexError server_unfit with cause and cure.
   */
  async raise(engine: Engine, site: WallSite, signal: AbortSignal): Promise<string> {
    const { serverId } = engine.identity;
    const server = await this.#serverAt(serverId, site, signal);
    const program = await this.#apply(engine, server, signal);
    this.#servers.set(serverId, server);
    return program;
  }

  /**
   * Makes sure that the workspaces of the server are held to their policies as api has them now. Nothing that has one may start, or be
   * used, before.
   *
   * @throws PodexError conflict while the server is being checked; server_unfit with cause and cure.
   */
  async enforce(serverId: ServerId): Promise<void> {
    const server = this.#servers.get(serverId);
    if (server !== undefined) return server.enforce();
    throw new PodexError('conflict', 'Its server is being checked. It goes on when that has passed.', {});
  }

  async #enforce(serverId: ServerId): Promise<void> {
    const { engineOf, api, background, onRefused } = this.#options;
    const server = this.#servers.get(serverId);
    if (server === undefined) return;
    server.policies = newer(server.policies, await api.readNetworkPolicies(serverId, background.signal));
    try {
      await this.#apply(await engineOf(serverId), server, background.signal);
    } catch (error) {
      if (PodexError.has(error, 'server_unfit')) onRefused(serverId);
      throw error;
    }
  }

  async #serverAt(serverId: ServerId, site: WallSite, signal: AbortSignal): Promise<Server> {
    const known = this.#servers.get(serverId);
    const policies = await this.#read(serverId, known, signal);
    if (known !== undefined) return Object.assign(known, { site, policies });
    const enforce = freshFlight(() => this.#enforce(serverId));
    return { site, policies, names: new ResolvedNames(), applied: '', enforce };
  }

  /** A check of the server has to pass also while api does not respond. */
  async #read(serverId: ServerId, known: Server | undefined, signal: AbortSignal) {
    try {
      const read = await this.#options.api.readNetworkPolicies(serverId, signal);
      return known === undefined ? read : newer(known.policies, read);
    } catch (error) {
      signal.throwIfAborted();
      if (known === undefined) throw error;
      return known.policies;
    }
  }

  async #apply(engine: Engine, server: Server, signal: AbortSignal): Promise<string> {
    const { settings } = this.#options;
    const { site, names } = server;
    const hosts = hostsOf(server.policies);
    names.keepOnly(hosts);
    // The others are asked for again in their time: a policy that is made tighter does not wait for them.
    await this.#resolveInTime(engine, server, hosts, signal);
    const policies = this.#rulesOf(server);
    const rules = egressRules(site.names, site.resolvers);
    const program = await applyWall(engine, { ...site, rules, policies }, settings, signal);
    server.applied = policies.text;
    return program;
  }

  #rulesOf({ site, policies, names }: Server) {
    const { resolvers } = site;
    return policyRules(site.names, { policies, resolvers, addressesOf: (host) => names.of(host) });
  }

  async #resolve(
    engine: Engine,
    { site, names }: Server,
    hosts: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    if (hosts.length === 0) return;
    names.learn(await this.#options.resolveHosts(engine, { hosts, resolvers: site.resolvers }, signal));
  }

  /** What cannot be found stays closed, and keeps no policy from being put in force. */
  async #resolveInTime(
    engine: Engine,
    server: Server,
    hosts: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const unknown = hosts.filter((host) => !server.names.wasAsked(host));
    const wait = { signal, timeoutMs: RESOLVE_WAIT_MS };
    try {
      await within(wait, (until) => this.#resolve(engine, server, unknown, until));
    } catch (error) {
      signal.throwIfAborted();
      this.#options.logger.warn(
        { err: error, server_id: engine.identity.serverId },
        'network.names_not_resolved',
      );
      server.names.learn(Object.fromEntries(unknown.map((host) => [host, []])));
    }
  }

  /** A name that gets other addresses: the old ones stay for a while, as programs that asked before go on using them. */
  async #refreshNames(signal: AbortSignal): Promise<void> {
    const { engineOf, logger } = this.#options;
    for (const [serverId, server] of this.#servers) {
      const hosts = hostsOf(server.policies);
      if (hosts.length === 0) continue;
      try {
        await this.#resolve(await engineOf(serverId), server, hosts, signal);
        if (this.#rulesOf(server).text !== server.applied) await server.enforce();
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ err: error, server_id: serverId }, 'network.names_not_resolved');
      }
    }
  }
}

function newer(known: ServerNetworkPolicies, read: ServerNetworkPolicies): ServerNetworkPolicies {
  return read.revision >= known.revision ? read : known;
}
