import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@podex/contracts/ids';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { TOOLS } from '../tools/tools.ts';
import { askModel } from './ask-model.ts';
import type { ModelRoute } from './model-route.ts';
import type { Prompt } from './prompt-message.ts';
import type { ProviderSettings } from './provider-settings.ts';

/** What a vendor is sent; the error that it responds with is not what this is about. */
async function requestTo(
  provider: ModelRoute['provider'],
): Promise<{ path: string; body: Record<string, unknown> }> {
  let sent: { path: string; body: Record<string, unknown> } | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    sent = { path: request.url ?? '', body: z.record(z.string(), z.unknown()).parse(JSON.parse(text)) };
    response.writeHead(400).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const settings: ProviderSettings = {
    openrouter: { apiKey: 'k', baseUrl },
    anthropic: { apiKey: 'k', baseUrl },
    openai: { apiKey: 'k', baseUrl, isOpenAi: true, api: 'responses' },
    preferred: undefined,
    defaultModel: undefined,
  };
  const route = { provider, modelId: 'claude-sonnet-5', name: `${provider}/claude-sonnet-5` };
  const reasoning = { canReason: true, effort: undefined, isSummarized: true };
  const response = askModel({
    route,
    settings,
    reasoning,
    prompt: PROMPT,
    signal: new AbortController().signal,
  });
  await expect(response.next()).rejects.toThrow('400');
  server.close();
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

const toolCallId = newId('toolCall');
const PROMPT: Prompt = {
  system: 'Be good.',
  tools: TOOLS,
  messages: [
    { role: 'user', text: 'Read it.' },
    {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'I read.' },
        { type: 'tool_call', tool_call_id: toolCallId, tool: 'read_file', input: { path: 'a' } },
      ],
    },
    { role: 'tool', results: [{ toolCallId, tool: 'read_file', output: 'There is no a.', isError: true }] },
  ],
};

it('asks Anthropic with a prefix to cache, our ids and failed results marked', async () => {
  const { path, body } = await requestTo('anthropic');
  expect(path).toBe('/v1/messages');
  expect(body.system).toEqual([{ type: 'text', text: 'Be good.', cache_control: { type: 'ephemeral' } }]);
  expect(body.messages).toMatchObject([
    { role: 'user' },
    {
      role: 'assistant',
      content: [{ type: 'text' }, { type: 'tool_use', id: toolCallId, input: { path: 'a' } }],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: toolCallId,
          is_error: true,
          cache_control: { type: 'ephemeral' },
        },
      ],
    },
  ]);
});

it('asks OpenAI without leaving the conversation there', async () => {
  const { path, body } = await requestTo('openai');
  expect(path).toBe('/v1/responses');
  expect(body.store).toBe(false);
});

it('asks OpenRouter for the cost, and to cache', async () => {
  const { path, body } = await requestTo('openrouter');
  expect(path).toBe('/v1/chat/completions');
  expect(body).toMatchObject({ usage: { include: true }, stream_options: { include_usage: true } });
  expect(JSON.stringify(body.messages)).toContain('cache_control');
});
