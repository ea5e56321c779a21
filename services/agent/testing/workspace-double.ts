import { type ChildProcess, spawn } from 'node:child_process';
import type { Stats } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Command,
  commandWaitQuery,
  type RunCommandInput,
  runCommandInput,
} from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import { editFileInput, editsOf, type FileEntry, fileQuery, searchQuery } from '@podex/contracts/files';
import { type CommandId, commandId } from '@podex/contracts/ids';
import { type HttpEnv, useHttpBasics } from '@podex/service-kit/http-app';
import { startHttpServer } from '@podex/service-kit/http-server';
import { internalAuth } from '@podex/service-kit/internal-auth';
import { createLogger } from '@podex/service-kit/logger';
import { type Context, Hono } from 'hono';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { TURN_CAPABILITY } from './turns-api-double.ts';

const HOME = '/home/dev';
const TAIL_BYTES = 65_536;

interface RunningCommand {
  id: CommandId;
  body: string;
  child: ChildProcess;
  output: Buffer[];
  state: Command;
}

/**
 * compute’s forwarded workspace API for one workspace: real files below a temporary folder, real commands, idempotent by id.
 * `status` other than running refuses everything, as a workspace does that is not there yet.
 */
export class WorkspaceDouble {
  status = 'running';
  /** A daemon that has run since an older version, which does not preview edits. */
  isOld = false;
  readonly home: string;
  readonly commands = new Map<CommandId, RunningCommand>();
  /** `METHOD /path`, in order. */
  readonly requests: string[] = [];
  url = '';
  readonly #edits = new Map<string, unknown>();
  #close: () => Promise<void> = async () => undefined;

  constructor(home: string) {
    this.home = home;
  }

  static async start(): Promise<WorkspaceDouble> {
    const double = new WorkspaceDouble(temporaryFolder('home'));
    const app = new Hono<HttpEnv>();
    useHttpBasics(app, createLogger({ service: 'compute-double', level: 'silent' }));
    app.use('/workspaces/*', internalAuth(TURN_CAPABILITY));
    app.use('/workspaces/*', async (context, next) => {
      double.requests.push(`${context.req.method} ${context.req.path.replace(/^\/workspaces\/[^/]+/, '')}`);
      if (double.status !== 'running') {
        throw new PodexError('workspace_not_running', 'The workspace is not running.', {
          status: double.status,
        });
      }
      await next();
    });
    double.#addFileRoutes(app);
    double.#addCommandRoutes(app);
    const server = await startHttpServer({ fetch: app.fetch, port: 0, host: '127.0.0.1' });
    double.url = `http://127.0.0.1:${server.port}`;
    double.#close = () => server.close(0);
    return double;
  }

  async stop(): Promise<void> {
    for (const { child, state } of this.commands.values()) {
      if (state.status === 'running' && child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    }
    await this.#close();
    await rm(this.home, { recursive: true, force: true });
  }

  read(relative: string): Promise<string> {
    return readFile(path.join(this.home, relative), 'utf8');
  }

  async write(relative: string, text: string): Promise<void> {
    const target = path.join(this.home, relative);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  #real(given: string): string {
    const absolute = path.posix.resolve(HOME, given);
    return path.join(this.home, path.posix.relative(HOME, absolute));
  }

  async #entry(real: string): Promise<FileEntry> {
    const shown = path.posix.join(HOME, path.relative(this.home, real));
    const facts = await lstat(real).catch(() => {
      throw new PodexError('file_not_found', `There is no file ${shown}.`, { path: shown });
    });
    return {
      name: path.basename(shown),
      path: shown,
      type: entryType(facts),
      size: facts.size,
      mode: facts.mode & 0o777,
      modified_at: facts.mtime.toISOString(),
      etag: `"${facts.mtimeMs}-${facts.size}"`,
    };
  }

  #addFileRoutes(app: Hono<HttpEnv>): void {
    const base = '/workspaces/:workspace';
    const pathOf = (context: Context) => this.#real(fileQuery.parse(context.req.query()).path);
    app.get(`${base}/files`, async (context) => {
      const real = pathOf(context);
      const entry = await this.#entry(real);
      if (entry.type !== 'directory') return context.json({ entry });
      const names = (await readdir(real)).sort();
      return context.json({
        entry,
        children: await Promise.all(names.map((name) => this.#entry(path.join(real, name)))),
      });
    });
    app.get(`${base}/files/content`, async (context) => {
      const entry = await this.#entry(pathOf(context));
      if (entry.type === 'directory') {
        throw new PodexError('file_is_directory', `${entry.path} is a directory.`, { path: entry.path });
      }
      context.header('etag', entry.etag);
      return context.body(await readFile(pathOf(context)));
    });
    app.put(`${base}/files/content`, async (context) => {
      const real = pathOf(context);
      await this.#requireConditions(real, context);
      await mkdir(path.dirname(real), { recursive: true });
      await writeFile(real, Buffer.from(await context.req.arrayBuffer()));
      return context.json(await this.#entry(real));
    });
    app.delete(`${base}/files/content`, async (context) => {
      await rm(pathOf(context), { recursive: true });
      return context.body(null, 204);
    });
    app.post(`${base}/files/edit`, async (context) => {
      const key = context.req.header('idempotency-key') ?? '';
      const done = this.#edits.get(key);
      if (done !== undefined) return context.json(done);
      const { real, after, replacements } = await this.#edited(await context.req.json());
      await this.#requireConditions(real, context);
      const { etag: replacedEtag } = await this.#entry(real);
      await writeFile(real, after);
      const result = { entry: await this.#entry(real), replacements, replaced_etag: replacedEtag };
      this.#edits.set(key, result);
      return context.json(result);
    });
    app.post(`${base}/files/edit/preview`, async (context) => {
      if (this.isOld) throw new PodexError('not_found', 'There is no POST /files/edit/preview.', {});
      const { real, ...sides } = await this.#edited(await context.req.json());
      return context.json({ entry: await this.#entry(real), ...sides, first_line: 1, is_whole: true });
    });
    app.get(`${base}/search`, async (context) =>
      context.json(await this.#search(searchQuery.parse(context.req.query()))),
    );
  }

  async #requireConditions(real: string, context: Context): Promise<void> {
    const entry = await this.#entry(real).catch(() => undefined);
    const wanted = context.req.header('if-match');
    const isWanted = wanted === undefined || wanted === entry?.etag;
    if (isWanted && !(context.req.header('if-none-match') === '*' && entry !== undefined)) return;
    throw new PodexError('file_changed', 'It was changed by somebody else.', { path: real });
  }

  async #edited(body: unknown) {
    const input = editFileInput.parse(body);
    const { path: given } = input;
    const real = this.#real(given);
    await this.#entry(real);
    const before = await readFile(real, 'utf8');
    let after = before;
    let replacements = 0;
    for (const { old_text: oldText, new_text: newText, replace_all: all } of editsOf(input)) {
      const pieces = after.split(oldText);
      const count = pieces.length - 1;
      if (count === 0) throw new PodexError('text_not_found', 'The passage is not there.', { path: given });
      if (count > 1 && !all)
        throw new PodexError('text_not_unique', 'It is there twice.', { path: given, count });
      after = pieces.join(newText);
      replacements += count;
    }
    return { real, before, after, replacements };
  }

  async #search(query: ReturnType<typeof searchQuery.parse>) {
    const source = query.regex ? query.q : query.q.replaceAll(/[^\w\s]/g, '\\$&');
    const pattern = new RegExp(source, query.case_sensitive ? '' : 'i');
    const matches = [];
    for (const name of await readdir(this.home, { recursive: true })) {
      const real = path.join(this.home, name);
      if (!(await stat(real)).isFile()) continue;
      for (const [index, text] of (await readFile(real, 'utf8')).split('\n').entries()) {
        if (pattern.test(text))
          matches.push({ path: path.posix.join(HOME, name), line: index + 1, column: 1, text });
      }
    }
    return {
      matches: matches.slice(0, query.limit),
      truncated: matches.length > query.limit,
      skipped: [],
      skipped_count: 0,
    };
  }

  #addCommandRoutes(app: Hono<HttpEnv>): void {
    const base = '/workspaces/:workspace/commands/:command';
    const idOf = (context: Context) => commandId.parse(context.req.param('command'));
    const waitOf = (context: Context) => commandWaitQuery.parse(context.req.query()).wait_ms;
    app.put(base, async (context) => {
      const input = runCommandInput.parse(await context.req.json());
      const running = this.commands.get(idOf(context)) ?? this.#run(idOf(context), input);
      if (running.body !== JSON.stringify(input)) {
        throw new PodexError('command_body_differs', 'The id was used for another command.', {});
      }
      return context.json(await stateAfter(running, input.background ? 0 : waitOf(context)));
    });
    app.get(base, async (context) =>
      context.json(await stateAfter(this.#command(idOf(context)), waitOf(context))),
    );
    app.get(`${base}/output`, (context) => {
      const running = this.#command(idOf(context));
      return context.body(
        outputStream(running, Number(context.req.query('after') ?? 0), context.req.raw.signal),
      );
    });
    app.delete(base, async (context) => {
      const running = this.#command(idOf(context));
      if (running.child.pid !== undefined) signalGroup(running.child.pid, 'SIGTERM');
      return context.json(await stateAfter(running, 0));
    });
  }

  #command(id: CommandId): RunningCommand {
    const running = this.commands.get(id);
    if (running === undefined) throw new PodexError('command_not_found', 'There is no such command.', {});
    return running;
  }

  #run(id: CommandId, input: RunCommandInput): RunningCommand {
    const cwd = this.#real(input.cwd ?? HOME);
    const child = spawn('bash', ['-c', input.read_only_command ?? input.command ?? ''], {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const state: Command = {
      id,
      status: 'running',
      exit_code: null,
      signal: null,
      output: '',
      output_bytes: 0,
      truncated: false,
      started_at: new Date().toISOString(),
      ended_at: null,
    };
    const running: RunningCommand = { id, body: JSON.stringify(input), child, output: [], state };
    this.commands.set(id, running);
    const take = (chunk: Buffer) => {
      running.output.push(chunk);
      state.output_bytes += chunk.length;
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    let isOverdue = false;
    const timer = setTimeout(() => {
      isOverdue = true;
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGTERM');
    }, input.timeout_ms ?? 86_400_000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      state.status = isOverdue ? 'timed_out' : signal === null ? 'exited' : 'killed';
      Object.assign(state, { exit_code: code, signal, ended_at: new Date().toISOString() });
    });
    return running;
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function stateAfter(running: RunningCommand, waitMs: number): Promise<Command> {
  const deadline = Date.now() + waitMs;
  while (running.state.status === 'running' && Date.now() < deadline) await delay(5);
  const whole = Buffer.concat(running.output);
  return {
    ...running.state,
    output: whole.subarray(-TAIL_BYTES).toString('utf8'),
    truncated: whole.length > TAIL_BYTES,
  };
}

function outputStream(
  running: RunningCommand,
  after: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let offset = after;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const fresh = Buffer.concat(running.output).subarray(offset);
        if (fresh.length > 0) {
          offset += fresh.length;
          controller.enqueue(new Uint8Array(fresh));
          return;
        }
        if (running.state.status !== 'running' || signal.aborted) return controller.close();
        await delay(5);
      }
    },
  });
}

function entryType(facts: Stats): FileEntry['type'] {
  if (facts.isSymbolicLink()) return 'symlink';
  return facts.isDirectory() ? 'directory' : 'file';
}
