import type { Logger } from '@podex/service-kit/logger';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import {
  clearPlainEnvironment,
  lockPlainEnvironments,
  rewriteWorkspaces,
} from './record/workspace-environment-store.ts';

const BATCH = 50;

/**
 * Moves the variables that an older Podex kept in clear into the vault. Without a key they stay as they are, and are still delivered.
 * It can be ended at any time: the next start goes on.
 */
export async function sealPlainEnvironments(options: {
  db: Db;
  transact: Transact;
  vault: SecretVault;
  logger: Logger;
}): Promise<void> {
  const { db, transact, vault, logger } = options;
  if (!vault.hasKeys) return;
  let sealed = 0;
  for (let isOver = false; !isOver; ) {
    const count = await transact(async ({ tx }) => {
      const rows = await lockPlainEnvironments(tx, BATCH);
      for (const { id, env, isDeleted } of rows) {
        if (!isDeleted) await vault.adopt(tx, { kind: 'workspace', id }, env);
        await clearPlainEnvironment(tx, id);
      }
      return rows.length;
    });
    sealed += count;
    isOver = count < BATCH;
  }
  if (sealed === 0) return;
  await rewriteWorkspaces(db);
  logger.info({ workspaces: sealed }, 'secrets.environments_sealed');
}
