import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  commandOutputQuery,
  commandWaitQuery,
  killCommandQuery,
  runCommandInput,
} from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import { commandId } from '@podex/contracts/ids';
import { COMMAND_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { type Call, type Route, readJson } from '../http/router.ts';
import { isVariable } from '../user/user-environment.ts';
import type { Commands } from './commands.ts';
import type { OutputLog } from './output-log.ts';

const OUTPUT_CHUNK_BYTES = 65_536;
const SIGNALS = { TERM: 'SIGTERM', KILL: 'SIGKILL', INT: 'SIGINT', HUP: 'SIGHUP' } as const;

export function commandRoutes(commands: Commands): Route[] {
  const idOf = ({ params }: Call) => commandId.parse(params.command_id);
  const waitOf = ({ query, signal }: Call) => ({ waitMs: commandWaitQuery.parse(query).wait_ms, signal });
  return [
    {
      method: 'PUT',
      path: '/commands/:command_id',
      async answer(call) {
        const id = idOf(call);
        const input = await readJson(call.request, runCommandInput, COMMAND_BODY_BYTES_MAX);
        requirePassable(
          [input.command ?? '', input.read_only_command ?? '', ...(input.argv ?? [])],
          input.env ?? {},
        );
        return { status: 200, body: await commands.run(id, input, waitOf(call)) };
      },
    },
    {
      method: 'GET',
      path: '/commands/:command_id',
      answer: async (call) => ({ status: 200, body: await commands.get(idOf(call), waitOf(call)) }),
    },
    {
      method: 'DELETE',
      path: '/commands/:command_id',
      async answer(call) {
        const signal = SIGNALS[killCommandQuery.parse(call.query).signal];
        return { status: 200, body: await commands.signal(idOf(call), signal) };
      },
    },
    {
      method: 'GET',
      path: '/commands/:command_id/output',
      async answer(call) {
        const { after } = commandOutputQuery.parse(call.query);
        await sendOutput(call, await commands.openOutput(idOf(call)), after);
        return undefined;
      },
    },
  ];
}

/** execve(2) takes no NUL bytes, and no `=` in a variable’s name. */
function requirePassable(argv: readonly string[], env: Readonly<Record<string, string>>): void {
  const isWrong =
    argv.some((argument) => argument.includes('\0')) ||
    Object.entries(env).some(([name, value]) => !isVariable(name, value));
  if (isWrong) throw new PodexError('invalid_request', 'An argument or variable cannot be passed on.', {});
}

/**
 * Bytes from `after` on, until the command ends. When those are not held any more, from the oldest that are: `x-output-offset` says
 * where it begins. A reader that falls behind what is held is cut off, since the stream could not tell it of the gap.
 */
async function sendOutput({ response, signal }: Call, log: OutputLog, after: number): Promise<void> {
  const from = Math.max(after, log.heldFrom);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-output-offset': String(from) });
  response.flushHeaders();
  await pipeline(Readable.from(followOutput(log, from, signal), { objectMode: false }), response);
}

async function* followOutput(log: OutputLog, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let offset = from; !signal.aborted; ) {
    if (offset < log.heldFrom) throw new Error('The reader fell behind the output that is kept.');
    const bytes = await log.read(offset, OUTPUT_CHUNK_BYTES);
    if (bytes.length > 0) {
      offset += bytes.length;
      yield bytes;
      continue;
    }
    if (log.isSealed && offset >= log.end) return;
    await log.waitBeyond(offset, signal);
  }
}
