import type { ServerId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { CertificateEnd } from './certificate-ends.ts';

// Owns table: certificate_notice. Reads server, and who is an admin.

/** Servers that are not known to have only certificates that last. */
export async function listWithCertificates(db: Db) {
  return db
    .selectFrom('server')
    .select(['id', 'name', 'enrolled_at', 'facts'])
    .where(sql<boolean>`facts ?| array['client_certificate_expires_at', 'server_certificate_expires_at']`)
    .orderBy('name')
    .execute();
}

/** @returns false when it was told before, or the server is gone. */
export async function noteCertificateEnd(tx: Tx, id: ServerId, end: CertificateEnd): Promise<boolean> {
  const { rows } = await sql`
    insert into certificate_notice (server_id, side, expires_at, stage)
    select id, ${end.side}, ${end.expiresAt}, ${end.stage} from server where id = ${id}
    on conflict do nothing returning server_id`.execute(tx);
  return rows.length > 0;
}

export async function listAdminAddresses(tx: Tx): Promise<string[]> {
  const rows = await tx
    .selectFrom('user')
    .select('email')
    .where('role', '=', 'admin')
    .where(isActiveUser())
    .orderBy('email')
    .execute();
  return rows.map(({ email }) => email);
}
