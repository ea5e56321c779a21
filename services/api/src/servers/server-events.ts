import type { ServerId } from '@podex/contracts/ids';
import type { Work } from '../database/transact.ts';
import { appendEvents } from '../events/event-store.ts';
import { topicOf } from '../events/topics.ts';
import { findServer } from './server-store.ts';
import { serverChanged } from './server-view.ts';
import { SERVER_WORK_CHANNEL } from './server-work-channel.ts';

/** Tells the readers of `servers` how it is now, as the transaction will leave it. */
export async function appendServerChanged(work: Work, id: ServerId): Promise<void> {
  const row = await findServer(work.tx, id);
  if (row === undefined) throw new Error(`server ${id} vanished within its transaction`);
  await appendEvents(work, topicOf.servers, [serverChanged(row)]);
  work.wake(SERVER_WORK_CHANNEL);
}
