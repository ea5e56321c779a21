import { PodexError } from '@podex/contracts/errors';
import type { Logger } from '@podex/service-kit/logger';
import type { CallOptions } from '../docker/client.ts';
import type { Container, ContainerCalls, ListedContainer } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_WORKSPACE } from '../docker/labels.ts';
import type { LinkPool } from '../links/link-pool.ts';
import type { ServerFreezer } from './server-freezer.ts';

/** An engine says what it knows of a container in milliseconds. */
const LOCKED_AFTER_MS = 4_000;
const CONTAINER_ID = /^[0-9a-f]{64}$/;

export interface FreezingOptions {
  links: Pick<LinkPool, 'rest' | 'wake'>;
  logger: Logger;
}

/**
 * An engine whose `paused` means frozen, by Podex or by the engine’s own pause: that stops the guest of a gVisor sandbox, but not the
 * sandbox. What is frozen hears no signal, and an engine that is asked to end it hangs: it is thawed before. Where nothing can be frozen
 * the engine’s own pause is what there is.
 */
export function freezingEngine(engine: Engine, freezer: ServerFreezer, options: FreezingOptions): Engine {
  const { containers } = engine;
  const { links, logger } = options;

  const isFrozen = async (id: string): Promise<boolean> => {
    if (!freezer.isUp) return false;
    try {
      return (await freezer.ask('state', id)) === 'frozen';
    } catch (error) {
      warn(error, id);
      return false;
    }
  };
  const release = async (id: string): Promise<void> => {
    if (freezer.isOut || !CONTAINER_ID.test(id)) return;
    // What it was asked before is done in any case, and fails by itself where it has to.
    await freezer.ask('release', id).catch((error: unknown) => warn(error, id));
    links.wake(id);
  };
  const warn = (error: unknown, containerId: string) => {
    logger.warn(
      { err: error, server_id: engine.identity.serverId, container_id: containerId },
      'freezer.failed',
    );
  };

  /** The engine keeps a container locked while something begins in it, and in one that was frozen just then nothing comes to its end. */
  const findOrThaw = async (idOrName: string, call?: CallOptions): Promise<Container | undefined> => {
    if (freezer.isOut) return containers.find(idOrName, call);
    try {
      return await containers.find(idOrName, { ...call, timeoutMs: LOCKED_AFTER_MS });
    } catch (error) {
      call?.signal?.throwIfAborted();
      if (!PodexError.has(error, 'server_unreachable') && !PodexError.has(error, 'timed_out')) throw error;
      const listed = await containers.list(LABEL_WORKSPACE, call);
      const locked = listed.find(({ id, name }) => id === idOrName || name === idOrName);
      if (locked === undefined) throw error;
      await freezer.ask('wake', locked.id);
      links.wake(locked.id);
      return containers.find(idOrName, call);
    }
  };

  const guarded: ContainerCalls = {
    create: (spec, call) => containers.create(spec, call),
    start: (id, call) => containers.start(id, call),
    async rename(id, name, call): Promise<void> {
      await release(id);
      await containers.rename(id, name, call);
    },
    waitForExit: (id, call) => containers.waitForExit(id, call),
    readOutput: (id, lines, call) => containers.readOutput(id, lines, call),
    putArchive: (id, directory, tar, call) => containers.putArchive(id, directory, tar, call),
    hasPath: (id, path, call) => containers.hasPath(id, path, call),
    async find(idOrName, call): Promise<Container | undefined> {
      const found = await findOrThaw(idOrName, call);
      if (found?.state !== 'running' || !(await isFrozen(found.id))) return found;
      return { ...found, state: 'paused' };
    },
    async list(label, call): Promise<ListedContainer[]> {
      const listed = await containers.list(label, call);
      const isAsked = label.startsWith(LABEL_WORKSPACE) && listed.some(({ state }) => state === 'running');
      if (!isAsked || !freezer.isUp) return listed;
      const frozen = await freezer.list().catch((error: unknown) => {
        warn(error, '');
        return new Set<string>();
      });
      return listed.map((one) =>
        one.state === 'running' && frozen.has(one.id) ? { ...one, state: 'paused' } : one,
      );
    },
    async pause(id, call: CallOptions = {}): Promise<void> {
      if (!freezer.isKnown) await freezer.check(call.signal).catch((error: unknown) => warn(error, id));
      links.rest(id);
      try {
        if (freezer.isImpossible) await containers.pause(id, call);
        else await freezer.ask('freeze', id);
      } catch (error) {
        links.wake(id);
        throw error;
      }
    },
    async unpause(id, call = {}): Promise<void> {
      await release(id);
      const found = await containers.find(id, call);
      if (found?.state === 'paused') await containers.unpause(id, call);
      links.wake(id);
    },
    async stop(id, graceSeconds, call): Promise<void> {
      await release(id);
      await containers.stop(id, graceSeconds, call);
    },
    async kill(id, call): Promise<void> {
      await release(id);
      await containers.kill(id, call);
    },
    async remove(id, call): Promise<void> {
      await release(id);
      await containers.remove(id, call);
    },
  };
  return {
    ...engine,
    containers: guarded,
    close() {
      freezer.close();
      engine.close();
    },
  };
}
