import { PodexError } from '@podex/contracts/errors';
import type { WaitOptions } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
import { FreezerConnection, type FreezerVerb } from './freezer-connection.ts';
import { ensureFreezer } from './freezer-container.ts';
import { FREEZER_SCRIPT } from './freezer-program.ts';

/** A thaw takes a millisecond; a freeze as long as the kernel needs, at most a second by the helper’s own count. */
const ANSWER_TIMEOUT_MS = 3_000;
const OPEN_TIMEOUT_MS = 15_000;
/** After a failure nothing is tried again for so long, so that everyone else’s work goes on. */
const GIVEN_UP_MS = 60_000;

/** `gone`: the container does not run. `released`: it was let go before. */
export type FreezerAnswer = 'frozen' | 'thawed' | 'released' | 'gone';

interface Line {
  helperId: string;
  connection: FreezerConnection;
}

/**
 * Freezes and thaws the containers of one server over two connections to its helper: one for what takes time, so that no thaw stands
 * behind a freeze.
 */
export class ServerFreezer {
  readonly #engine: () => Engine;
  readonly #helper: { settings: ContainerSettings; name: string };
  readonly #opening = new SingleFlight<'quick' | 'slow', Line>();
  readonly #lines = new Map<'quick' | 'slow', Line>();
  #failure: { error: unknown; untilMs: number } | undefined;
  #hasWorked = false;
  #epoch = 0;

  constructor(engine: () => Engine, helper: { settings: ContainerSettings; name: string }) {
    this.#engine = engine;
    this.#helper = helper;
  }

  /** Another number whenever what was frozen may have been thawed by the end of a connection. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether it has worked, and was not given up since. */
  get isUp(): boolean {
    return this.#hasWorked && !this.#isGivenUp;
  }

  /** Nothing can be asked of it: another compute may have frozen what this one has not yet looked at. */
  get isOut(): boolean {
    return this.isImpossible || this.#isGivenUp;
  }

  /** Whether what is not seen frozen is not. */
  get isKnown(): boolean {
    return this.isUp || this.isImpossible;
  }

  /** It was tried, and has never worked. */
  get isImpossible(): boolean {
    return !this.#hasWorked && this.#failure !== undefined;
  }

  /** Tries whether containers can be frozen here at all. @throws PodexError, or what the engine said. */
  async check(signal?: AbortSignal): Promise<void> {
    this.#failure = undefined;
    const { helperId, connection } = await this.#line('slow');
    const [word] = await connection.ask('check', helperId, { signal, timeoutMs: ANSWER_TIMEOUT_MS });
    if (word !== 'works') {
      const error = notPossible('its control groups cannot be frozen');
      this.#failure = { error, untilMs: Number.POSITIVE_INFINITY };
      throw error;
    }
    await this.#line('quick');
    this.#hasWorked = true;
  }

  /** @throws PodexError server_unfit, container_failed, timed_out. */
  async ask(verb: Exclude<FreezerVerb, 'list' | 'check'>, containerId: string): Promise<FreezerAnswer> {
    const [word] = await this.#say(verb, containerId);
    if (word === 'frozen' || word === 'thawed' || word === 'gone' || word === 'released') return word;
    throw notPossible(
      `the kernel did not ${verb === 'rest' || verb === 'freeze' ? 'freeze' : 'thaw'} it in time`,
    );
  }

  /** Ids of the containers that are frozen, Podex’s or not. */
  async list(): Promise<Set<string>> {
    const [, ...names] = await this.#say('list', '-');
    return new Set(names.flatMap((name) => /[0-9a-f]{64}/.exec(name)?.[0] ?? []));
  }

  close(): void {
    for (const { connection } of this.#lines.values()) connection.close();
  }

  async #say(verb: FreezerVerb, containerId: string): Promise<string[]> {
    const kind = verb === 'rest' || verb === 'freeze' ? 'slow' : 'quick';
    const wait: WaitOptions = { timeoutMs: ANSWER_TIMEOUT_MS };
    const known = this.#lines.get(kind)?.connection;
    try {
      return await (await this.#line(kind)).connection.ask(verb, containerId, wait);
    } catch (error) {
      // It had ended, and the news was not here yet. Each of these may be done twice.
      if (known === undefined || known.isOpen || this.#failure !== undefined) throw error;
      return (await this.#line(kind)).connection.ask(verb, containerId, wait);
    }
  }

  get #isGivenUp(): boolean {
    return this.#failure !== undefined && performance.now() < this.#failure.untilMs;
  }

  async #line(kind: 'quick' | 'slow'): Promise<Line> {
    const known = this.#lines.get(kind);
    if (known?.connection.isOpen) return known;
    if (this.#isGivenUp) throw this.#failure?.error;
    return this.#opening.run(kind, async () => {
      try {
        const line = await this.#open(kind);
        this.#lines.set(kind, line);
        this.#failure = undefined;
        return line;
      } catch (error) {
        this.#failure = { error, untilMs: performance.now() + GIVEN_UP_MS };
        throw error;
      }
    });
  }

  async #open(kind: 'quick' | 'slow'): Promise<Line> {
    const engine = this.#engine();
    const options = { timeoutMs: OPEN_TIMEOUT_MS };
    const info = await engine.readInfo(options);
    const helperId = await ensureFreezer(engine, info, this.#helper, options);
    const { cgroupParent = '' } = this.#helper.settings;
    const parent = cgroupParent === '' || cgroupParent.startsWith('/') ? cgroupParent : `/${cgroupParent}`;
    const argv = ['/bin/sh', '-c', FREEZER_SCRIPT, 'freezer', info.cgroupVersion, parent];
    const stream = await engine.openExec(helperId, argv, options);
    if (stream === undefined) throw notPossible('its helper ended at once');
    const connection = new FreezerConnection(stream, () => {
      this.#epoch += 1;
    });
    try {
      await connection.ask('state', helperId, options);
    } catch (error) {
      connection.close();
      throw notPossible(stream.stderr.trim() || `its helper’s ${kind} connection does not respond`, error);
    }
    return { helperId, connection };
  }
}

function notPossible(reason: string, cause?: unknown): PodexError {
  return new PodexError(
    'server_unfit',
    `Containers cannot be frozen there: ${reason}.`,
    { reason },
    { cause },
  );
}
