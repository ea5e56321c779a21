import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { Outbox } from '../mail/outbox.ts';
import { certificateMail } from '../mail/templates.ts';
import { type CertificateEnd, certificateEndsOf } from './certificate-ends.ts';
import { listAdminAddresses, listWithCertificates, noteCertificateEnd } from './certificate-notice-store.ts';

/** Of one mail; the next has the others. */
const TOLD_AT_ONCE = 50;

export interface CertificateMailsOptions {
  db: Db;
  transact: Transact;
  outbox: Outbox;
  frontendOrigin: string;
}

/** Tells admins of certificates of servers that end: two weeks and three days before, and when they have. Once each. */
export class CertificateMails {
  readonly #options: CertificateMailsOptions;

  constructor(options: CertificateMailsOptions) {
    this.#options = options;
  }

  /** One mail for all that is new. @returns of how many certificates it tells. */
  async tell(now = new Date()): Promise<number> {
    const { db, transact, outbox, frontendOrigin } = this.#options;
    const ending = (await listWithCertificates(db)).flatMap((server) =>
      certificateEndsOf(server.facts, now).map((end) => ({ server, end })),
    );
    if (ending.length === 0) return 0;
    return transact(async (work) => {
      const lines: string[] = [];
      for (const { server, end } of ending) {
        if (lines.length === TOLD_AT_ONCE) break;
        if (await noteCertificateEnd(work.tx, server.id, end)) lines.push(lineOf(server, end));
      }
      if (lines.length === 0) return 0;
      const mail = certificateMail({ lines, link: `${frontendOrigin}/servers` });
      for (const address of await listAdminAddresses(work.tx)) await outbox.enqueue(work, address, mail);
      return lines.length;
    });
  }
}

function lineOf(
  { name, enrolled_at: enrolledAt }: { name: string; enrolled_at: Date | null },
  { side, expiresAt, stage }: CertificateEnd,
): string {
  const verb = stage === 'expired' ? 'expired' : 'expires';
  const when = `${verb} on ${expiresAt.toISOString().slice(0, 10)}`;
  if (side === 'client') {
    // Of enrolled servers compute renews it a month before.
    const cure = enrolledAt === null ? 'Put a new one in place' : 'compute could not renew it: see its log';
    return `${name}: the certificate that Podex shows to it ${when}. ${cure}.`;
  }
  const cure =
    enrolledAt === null
      ? 'Renew it on the server and restart its Docker engine.'
      : `Renew it: podex servers renew ${name}`;
  return `${name}: its certificate ${when}. ${cure}`;
}
