import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { Tx } from '../database/connect.ts';
import { findServerAt, findServerIdByName, type ServerRow } from './server-store.ts';

/** @throws PodexError name_taken, address_taken when another server has the name or the address. */
export async function requireFree(
  tx: Tx,
  id: ServerId | undefined,
  wanted: Pick<ServerRow, 'name' | 'hostname' | 'docker_port'> & { docker_socket?: string | null },
): Promise<void> {
  const holder = await findServerIdByName(tx, wanted.name);
  if (holder !== undefined && holder !== id) throw nameTaken(wanted.name);
  if (typeof wanted.docker_socket === 'string') return;
  const there = await findServerAt(tx, wanted);
  if (there === undefined || there.id === id) return;
  const { hostname, docker_port: port } = wanted;
  throw new PodexError(
    'address_taken',
    `The server ${there.name} has the address ${hostname}:${port} already. Register another address, or remove ${there.name} first.`,
    { hostname, docker_port: port, name: there.name },
  );
}

function nameTaken(name: string): PodexError {
  return new PodexError('name_taken', `There is a server called ${name} already.`, { name });
}
