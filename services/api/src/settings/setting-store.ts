import type { UserId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { toJson } from '../database/storable.ts';

// Owns table: platform_setting.

export interface SettingRow {
  key: string;
  value: unknown;
  updated_at: Date;
  updated_by_email: string | null;
}

export async function listSettings(db: Db | Tx): Promise<SettingRow[]> {
  return db
    .selectFrom('platform_setting')
    .leftJoin('user', 'user.id', 'platform_setting.updated_by')
    .select(['key', 'value', 'platform_setting.updated_at', 'user.email as updated_by_email'])
    .orderBy('key')
    .execute();
}

export async function setSetting(tx: Tx, key: string, value: unknown, updatedBy: UserId): Promise<void> {
  const row = { value: toJson(value), updated_by: updatedBy, updated_at: sql<Date>`now()` };
  await tx
    .insertInto('platform_setting')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
}

export async function resetSetting(tx: Tx, key: string): Promise<void> {
  await tx.deleteFrom('platform_setting').where('key', '=', key).execute();
}
