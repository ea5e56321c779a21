import type { MoveTask } from '@podex/contracts/internal/moving';
import type { InternalCaller } from './compute-worker.ts';

/** Plays compute’s part in moves over the internal protocol, without an engine. */
export class MoveWorker {
  readonly #api: InternalCaller;

  constructor(api: InternalCaller) {
    this.#api = api;
  }

  async claim(waitMs = 0): Promise<MoveTask[]> {
    const body = { worker_id: 'worker', max: 10, wait_ms: waitMs };
    return (await this.#api.internal('POST', '/internal/moves/claim', body)).body.items;
  }

  async claimOne(waitMs = 0): Promise<MoveTask> {
    const [task, ...others] = await this.claim(waitMs);
    if (task === undefined || others.length > 0) throw new Error('one move should wait');
    return task;
  }

  target = (task: MoveTask, serverId: string) => this.#send(task, 'target', { server_id: serverId });

  progress = (task: MoveTask, status: string, done = 0, total: number | null = null) =>
    this.#send(task, 'progress', { status, bytes_done: done, bytes_total: total, files_total: total });

  switch = (task: MoveTask) => this.#send(task, 'switch', {});

  end = (task: MoveTask, result: string, reason: string | null = null) =>
    this.#send(task, 'end', { result, reason });

  /** From the first to the last step. */
  async move(task: MoveTask, serverId: string): Promise<void> {
    for (const step of [
      () => this.target(task, serverId),
      () => this.progress(task, 'copying', 50, 100),
      () => this.progress(task, 'switching', 100, 100),
      () => this.switch(task),
      () => this.end(task, 'cleaned'),
    ]) {
      const { status, body } = await step();
      if (status !== 204) throw new Error(`${status}: ${JSON.stringify(body)}`);
    }
  }

  #send(task: MoveTask, verb: string, body: object) {
    const leased = { lease_token: task.lease_token, ...body };
    return this.#api.internal('POST', `/internal/moves/${task.id}/${verb}`, leased);
  }
}
