import { isDeepStrictEqual } from 'node:util';
import {
  DEFAULT_SETTINGS,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
  type Settings,
  type SettingValues,
  settingValues,
  type UpdateSettingsInput,
} from '@podex/contracts/settings';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { appendAudit } from '../audit/append-audit.ts';
import type { Bus } from '../bus/bus.ts';
import type { Call } from '../calls/call.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { listSettings, resetSetting, type SettingRow, setSetting } from './setting-store.ts';
import { SETTINGS_CHANNEL, SETTINGS_READ_CHANNEL } from './settings-channel.ts';

/** Where a message of the bus was lost, a change of another process is seen after this. */
const REFRESH_EVERY_MS = 15_000;

export interface SettingsServiceOptions {
  db: Db;
  bus: Pick<Bus, 'subscribe' | 'publish'>;
  transact: Transact;
  background: Background;
  logger: Logger;
  /** In place of the defaults, while an admin has set nothing. */
  initial: Partial<SettingValues>;
}

/** What admins set while Podex runs. Each process keeps the values at hand, and reads them again when one is changed. */
export class SettingsService {
  readonly #options: SettingsServiceOptions;
  #rows: readonly SettingRow[] = [];
  #values: SettingValues;
  #reading: Promise<void> = Promise.resolve();

  private constructor(options: SettingsServiceOptions) {
    this.#options = options;
    this.#values = { ...DEFAULT_SETTINGS, ...options.initial };
  }

  /** Reads the settings, and follows them until the bus is closed and the background work stopped. */
  static async start(options: SettingsServiceOptions): Promise<SettingsService> {
    const service = new SettingsService(options);
    await service.#read();
    const { bus, background } = options;
    bus.subscribe(SETTINGS_CHANNEL, () => background.run('read-settings', () => service.#read()));
    background.every('refresh-settings', REFRESH_EVERY_MS, () => service.#read());
    return service;
  }

  /** As last read: a change in another process is seen within moments. */
  get values(): Readonly<SettingValues> {
    return this.#values;
  }

  async read(): Promise<Settings> {
    await this.#read();
    const changes = this.#rows.flatMap(({ key, updated_at, updated_by_email }) =>
      isKey(key) ? [{ key, updated_at: updated_at.toISOString(), updated_by: updated_by_email }] : [],
    );
    return { values: this.#values, changes };
  }

  async update(input: UpdateSettingsInput, call: Call): Promise<Settings> {
    const { actor } = call;
    await this.#options.transact(async (work) => {
      const { tx } = work;
      await call.requireStill(tx);
      for (const key of SETTING_KEYS) {
        const value = input[key];
        if (value === undefined) continue;
        if (value === null) await resetSetting(tx, key);
        else await setSetting(tx, key, value, actor.userId);
        appendAudit(work, call, {
          action: 'setting.changed',
          target: { kind: 'setting', id: key },
          details: { before: this.#values[key], after: value },
        });
      }
      work.wake(SETTINGS_CHANNEL);
      // What is open without a second factor may not stay.
      if (input.require_two_factor !== undefined) work.wake(CREDENTIALS_CHANNEL);
    });
    this.#options.logger.info({ user_id: actor.userId, settings: Object.keys(input) }, 'settings.changed');
    return this.read();
  }

  /** One read after the other, so that an older one never replaces what a newer one found. */
  #read(): Promise<void> {
    const next = this.#reading.catch(() => undefined).then(() => this.#readOnce());
    this.#reading = next;
    return next;
  }

  async #readOnce(): Promise<void> {
    const rows = await listSettings(this.#options.db);
    if (isDeepStrictEqual(rows, this.#rows)) return;
    this.#rows = rows;
    const stored = this.#rows.flatMap(({ key, value }) => this.#parse(key, value));
    this.#values = settingValues.parse({
      ...DEFAULT_SETTINGS,
      ...this.#options.initial,
      ...Object.fromEntries(stored),
    });
    this.#options.bus.publish(SETTINGS_READ_CHANNEL, '');
  }

  /** A value that this version does not understand is as good as none. */
  #parse(key: string, value: unknown): [SettingKey, unknown][] {
    if (!isKey(key)) return [];
    const parsed = SETTINGS[key].schema.safeParse(value);
    if (parsed.success) return [[key, parsed.data]];
    this.#options.logger.warn({ setting: key }, 'settings.not_understood');
    return [];
  }
}

function isKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}
