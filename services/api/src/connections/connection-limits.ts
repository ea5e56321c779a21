import type { ConnectionLimits } from '@podex/service-kit/connection-guard';
import { clientAddress, isTrustedProxy, networkOf, type TrustedProxies } from '../network/client-address.ts';

/** Of clients that have not shown a session or token yet; agent and compute need a handful. */
const UNKNOWN_PER_ADDRESS_MAX = 256;
/** More than one user may have requests in progress: a program that reuses connections loses none. */
const KEPT_PER_USER_MAX = 256;

/** What keeps one user, or one network, from taking all connections of this process. */
export function connectionLimits(trustedProxies: TrustedProxies): ConnectionLimits {
  return {
    unknownPerAddressMax: UNKNOWN_PER_ADDRESS_MAX,
    keptPerOwnerMax: KEPT_PER_USER_MAX,
    networkOf: (address) => networkOf(clientAddress(address, undefined, trustedProxies)),
    isProxy: (address) => isTrustedProxy(trustedProxies, address),
  };
}
