import {
  type AgentApp,
  type AgentContext,
  agent,
  type InitializeResponse,
  methods,
  PROTOCOL_VERSION,
  RequestError,
  type SessionModeState,
} from '@agentclientprotocol/sdk';
import { type AgentMode, agentMode, type Conversation } from '@podex/contracts/conversations';
import { conversationId } from '@podex/contracts/ids';
import { z } from 'zod';
import type { ApiConnection } from '../connection/connect.ts';
import {
  type AgentSettings,
  beginConversation,
  changeConversation,
  getConversation,
  listConversations,
  MODES,
} from '../conversations/conversation-requests.ts';
import { EditorSession } from './editor-session.ts';
import { messageStream } from './message-stream.ts';
import { promptText } from './prompt-text.ts';
import { refusing } from './refusals.ts';

export interface AcpOptions {
  connection: ApiConnection;
  version: string;
  /** Of conversations that editors begin. */
  settings: AgentSettings;
  /** The workspace of an editor’s folder. @throws CliError when it is not clear which. */
  findWorkspace(folder: string): Promise<string>;
  log(line: string): void;
}

const LOGIN = {
  id: 'podex-login',
  name: 'podex login',
  description: 'Run podex login in a terminal, then try again.',
};
const MODE_TEXTS: Readonly<Record<AgentMode, { name: string; description: string }>> = {
  plan: { name: 'Plan', description: 'Reads, and changes nothing' },
  ask: { name: 'Ask', description: 'Waits for your approval before each edit and command' },
  auto: { name: 'Auto', description: 'Edits and runs commands without waiting' },
};

/** Speaks the Agent Client Protocol on standard input and output until the editor goes. Each session is a conversation. */
export async function serveAcp(options: AcpOptions): Promise<void> {
  await createAcpAgent(options).connect(messageStream(process.stdout, process.stdin)).closed;
}

function createAcpAgent(options: AcpOptions): AgentApp {
  const { connection, settings, log } = options;
  const { ask } = connection;
  const sessions = new Map<string, EditorSession>();
  const open = (id: string, folder: string, client: AgentContext) => {
    const session = new EditorSession({ conversationId: id, folder, connection, client, log });
    sessions.set(id, session);
    return session;
  };
  const sessionOf = (id: string) => {
    const session = sessions.get(id);
    if (session === undefined) throw RequestError.sessionNotFound(id);
    return session;
  };
  return agent({ name: 'podex' })
    .onRequest(methods.agent.initialize, () => capabilities(options.version))
    .onRequest(methods.agent.authenticate, () =>
      refusing(async () => {
        await ask({ method: 'GET', path: '/api/me', schema: z.unknown() });
        return {};
      }),
    )
    .onRequest(methods.agent.session.new, ({ params, client }) =>
      refusing(async () => {
        if (params.mcpServers.length > 0)
          log('MCP servers of the editor are not used: they run on this machine');
        const begun = await beginConversation(ask, await options.findWorkspace(params.cwd), settings);
        open(begun.id, params.cwd, client);
        return { sessionId: begun.id, modes: modesOf(begun) };
      }),
    )
    .onRequest(methods.agent.session.load, ({ params, client }) =>
      refusing(async () => {
        if (!conversationId.safeParse(params.sessionId).success)
          throw RequestError.sessionNotFound(params.sessionId);
        const found = await getConversation(ask, params.sessionId);
        await open(found.id, params.cwd, client).replay();
        return { modes: modesOf(found) };
      }),
    )
    .onRequest(methods.agent.session.list, ({ params }) =>
      refusing(async () => {
        const folder = params.cwd ?? process.cwd();
        const found = await listConversations(ask, await options.findWorkspace(folder));
        return { sessions: found.map((one) => sessionInfo(one, folder)) };
      }),
    )
    .onRequest(methods.agent.session.setMode, ({ params }) =>
      refusing(async () => {
        const mode = agentMode.safeParse(params.modeId).data;
        if (mode === undefined) throw RequestError.invalidParams({ modeId: params.modeId });
        await changeConversation(ask, params.sessionId, { mode });
      }),
    )
    .onRequest(methods.agent.session.prompt, ({ params, signal }) =>
      refusing(async () => {
        const session = sessionOf(params.sessionId);
        const stopReason = await session.prompt(promptText(params.prompt, session.folder), signal);
        return { stopReason };
      }),
    )
    .onNotification(methods.agent.session.cancel, ({ params }) =>
      sessionOf(params.sessionId)
        .cancel()
        .catch((error: unknown) => log(String(error))),
    );
}

function capabilities(version: string): InitializeResponse {
  return {
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: 'podex', title: 'Podex', version },
    agentCapabilities: {
      loadSession: true,
      promptCapabilities: { embeddedContext: true, image: false, audio: false },
      sessionCapabilities: { list: {} },
    },
    authMethods: [LOGIN],
  };
}

function modesOf({ mode }: Conversation): SessionModeState {
  return {
    currentModeId: mode,
    availableModes: MODES.map((id) => ({ id, ...MODE_TEXTS[id] })),
  };
}

function sessionInfo({ id, title, updated_at: updatedAt }: Conversation, cwd: string) {
  return { sessionId: id, cwd, title, updatedAt };
}
