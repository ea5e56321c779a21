import type { Bus } from '../bus/bus.ts';
import type { Transact } from '../database/transact.ts';
import type { OnDenied } from '../http/door.ts';
import { networkOf } from '../network/client-address.ts';
import { appendAudit } from './append-audit.ts';

const WINDOW_MS = 60_000;
/** Written of one user, or of one network where nobody is signed in, in a minute. */
const WRITTEN_OF_ONE = 20;
/** Written in a minute, of all. */
const WRITTEN_OF_ALL = 300;

/** Writes refused requests into the audit log; of many, the first, whose last one says that more are left out. */
export function createRecordDenied({
  bus,
  transact,
}: {
  bus: Pick<Bus, 'hit'>;
  transact: Transact;
}): OnDenied {
  return async ({ actor, operation, path, source, requestId, error }) => {
    const subject = actor?.userId ?? networkOf(source.address);
    const ofOne = await bus.hit(`audit-denied:${subject}`, WINDOW_MS);
    if (ofOne.count > WRITTEN_OF_ONE) return;
    const ofAll = await bus.hit('audit-denied', WINDOW_MS);
    if (ofAll.count > WRITTEN_OF_ALL) return;
    const isLast = ofOne.count === WRITTEN_OF_ONE || ofAll.count === WRITTEN_OF_ALL;
    await transact(async (work) =>
      appendAudit(
        work,
        { actor, source, requestId },
        {
          action: 'request.denied',
          result: 'denied',
          errorCode: error.code,
          target: { kind: 'operation', id: operation },
          details: { path, ...(isLast ? { more_left_out: true } : {}) },
        },
      ),
    );
  };
}
