import { PodexError } from '@podex/contracts/errors';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import { type ListeningPorts, listeningPorts, PORTS_WAIT_MS_MAX } from '@podex/contracts/previews';
import { requestClaims, type SignCapability } from '@podex/service-kit/capability';

export interface InsideQuestion {
  workspaceId: WorkspaceId;
  userId: UserId;
  requestId: string;
  after: string | undefined;
  waitMs: number;
  signal: AbortSignal;
}

/** Beyond the wait itself. */
const GRACE_MS = 15_000;
const RESPONSE_BYTES_MAX = 262_144;

/** Asks the daemon of a workspace what listens there. What comes is data of a workspace: of the right shape and size, or nothing. */
export class InsidePorts {
  readonly #baseUrl: string;
  readonly #sign: SignCapability;

  constructor({ compute, sign }: { compute: { baseUrl: string }; sign: SignCapability }) {
    this.#baseUrl = compute.baseUrl;
    this.#sign = sign;
  }

  /** Undefined where the workspace does not say: it has just stopped, can’t be reached, or its daemon is too old to know. */
  async read(question: InsideQuestion): Promise<ListeningPorts | undefined> {
    const { workspaceId, userId, requestId, after, waitMs, signal } = question;
    const query = new URLSearchParams({ wait_ms: String(Math.min(waitMs, PORTS_WAIT_MS_MAX)) });
    if (after !== undefined) query.set('after', after);
    const target = `/workspaces/${workspaceId}/ports?${query}`;
    const claims = requestClaims({ workspaceId, userId, access: 'read', requestId, method: 'GET', target });
    const limit = AbortSignal.timeout(waitMs + GRACE_MS);
    try {
      const response = await fetch(`${this.#baseUrl}${target}`, {
        headers: { authorization: `Bearer ${await this.#sign(claims)}`, 'x-request-id': requestId },
        signal: AbortSignal.any([signal, limit]),
        redirect: 'error',
      });
      if (!response.ok || Number(response.headers.get('content-length')) > RESPONSE_BYTES_MAX) {
        await response.body?.cancel();
        return undefined;
      }
      return listeningPorts.safeParse(await response.json()).data;
    } catch (error) {
      if (signal.aborted)
        throw new PodexError(
          'timed_out',
          'The request was given up.',
          { timeout_ms: waitMs },
          { cause: error },
        );
      return undefined;
    }
  }
}
