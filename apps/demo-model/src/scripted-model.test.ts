import { afterEach, describe, expect, it } from 'vitest';
import type { ScriptInput } from './script.ts';
import { type AnsweredRequest, type ScriptedModel, startScriptedModel } from './scripted-model.ts';

let model: ScriptedModel | undefined;
let requests: AnsweredRequest[];
afterEach(async () => {
  await model?.stop();
  model = undefined;
});

const user = (content: string) => ({ role: 'user', content });

async function start(script: ScriptInput): Promise<ScriptedModel> {
  requests = [];
  model = await startScriptedModel({ script, onRequest: (request) => requests.push(request) });
  return model;
}

function complete(url: string, body: Record<string, unknown>, headers: Record<string, string> = {}) {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'scripted', ...body }),
  });
}

/** The JSON of each server-sent event; the last one must be `[DONE]`. */
async function chunksOf(response: Response) {
  const events = (await response.text()).split('\n\n').filter((event) => event !== '');
  expect(events.pop()).toBe('data: [DONE]');
  return events.map((event) => JSON.parse(event.replace(/^data: /, '')));
}

describe('a streamed answer', () => {
  const rules: ScriptInput['rules'] = [
    {
      reply: {
        parts: [
          { type: 'text', text: 'I read it.' },
          { type: 'tool_call', name: 'read_file', arguments: { path: 'a/rather/long/path/to/split.txt' } },
          { type: 'tool_call', name: 'list_files', arguments: {} },
        ],
      },
    },
  ];
  const asked = { stream: true, messages: [user('read')], stream_options: { include_usage: true } };

  it('has the shape of chat.completion.chunk: role, text, tool calls over several deltas, finish, usage', async () => {
    const { url } = await start({ rules });
    const response = await complete(url, asked);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const chunks = await chunksOf(response);
    expect(new Set(chunks.map((chunk) => `${chunk.object} ${chunk.id}`)).size).toBe(1);
    const usage = chunks.pop();
    expect(usage).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks[0].choices[0].delta).toMatchObject({ role: 'assistant', content: '' });
    expect(chunks.at(-1).choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' });
    const deltas = chunks.map((chunk) => chunk.choices[0].delta);
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('I read it.');
    const calls = deltas.flatMap((delta) => delta.tool_calls ?? []);
    const first = calls.filter((call) => call.index === 0);
    expect(first.length).toBeGreaterThan(3);
    expect(first[0]).toMatchObject({
      id: expect.stringMatching(/^call_/),
      function: { name: 'read_file', arguments: '' },
    });
    expect(first.slice(1).every((call) => call.id === undefined)).toBe(true);
    expect(first.map((call) => call.function.arguments).join('')).toBe(
      '{"path":"a/rather/long/path/to/split.txt"}',
    );
    expect(calls.some((call) => call.index === 1 && call.function.name === 'list_files')).toBe(true);
  });

  it('is the same when the same is asked again, and has no usage unless it is wanted', async () => {
    const { url } = await start({ rules });
    const [one, other] = await Promise.all([complete(url, asked), complete(url, asked)]);
    const withoutTime = (chunks: { created: number }[]) => chunks.map((chunk) => ({ ...chunk, created: 0 }));
    expect(withoutTime(await chunksOf(one))).toEqual(withoutTime(await chunksOf(other)));
    const plain = await chunksOf(await complete(url, { ...asked, stream_options: undefined }));
    expect(plain.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  it('can be cut in the middle, or fall silent', async () => {
    const { url, setScript } = await start({
      rules: [
        {
          reply: { parts: [{ type: 'text', text: 'one two three' }], cut_after_chunks: 2, chunk_delay_ms: 5 },
        },
      ],
    });
    const cut = await complete(url, asked);
    await expect(cut.text()).rejects.toThrow();
    setScript({
      rules: [{ reply: { parts: [{ type: 'text', text: 'one two three' }], stall_after_chunks: 2 } }],
    });
    const controller = new AbortController();
    const stalled = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', ...asked }),
      signal: controller.signal,
    });
    const reader = stalled.body?.getReader();
    await reader?.read();
    const silence = await Promise.race([
      reader?.read().then(() => 'more'),
      new Promise((resolve) => setTimeout(resolve, 100, 'silence')),
    ]);
    expect(silence).toBe('silence');
    controller.abort();
  });
});

describe('the script', () => {
  it('decides by the last message, the results since, and the tools offered', async () => {
    const say = (text: string) => ({ reply: { parts: [{ type: 'text' as const, text }] } });
    const { url } = await start({
      rules: [
        { when: { user: '/^hello \\d+$/' }, ...say('number') },
        { when: { user: 'FILE', tool_results: 1, last_result: 'missing' }, ...say('not there') },
        { when: { user: 'file', tool_results: 1 }, ...say('there') },
        { when: { tools: ['run_command'] }, ...say('I can run') },
        say('anything'),
      ],
    });
    const answer = async (body: Record<string, unknown>) => {
      const { choices } = await (await complete(url, body)).json();
      return choices[0].message.content;
    };
    const called = [
      user('the file'),
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
    ];
    const result = (content: string) => ({ role: 'tool', tool_call_id: 'c1', content });
    expect(await answer({ messages: [user('hello 42')] })).toBe('number');
    expect(await answer({ messages: [...called, result('it is missing')] })).toBe('not there');
    expect(await answer({ messages: [...called, result('content')] })).toBe('there');
    const tools = [{ type: 'function', function: { name: 'run_command' } }];
    expect(await answer({ messages: [user('x')], tools })).toBe('I can run');
    expect(await answer({ messages: [user('x')] })).toBe('anything');
  });

  it('refuses as the real endpoint does', async () => {
    const { url, setScript } = await start({ api_key: 'k', strict_models: true, rules: [] });
    expect((await complete(url, { messages: [user('x')] })).status).toBe(401);
    const key = { authorization: 'Bearer k' };
    const unknown = await complete(url, { model: 'other', messages: [user('x')] }, key);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      error: { code: 'model_not_found', type: 'invalid_request_error' },
    });
    setScript({
      rules: [
        { times: 1, reply: { error: { status: 429, retry_after_seconds: 7 } } },
        { reply: { error: { status: 500 } } },
      ],
    });
    const limited = await complete(url, { messages: [user('x')] });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await complete(url, { messages: [user('x')] })).status).toBe(500);
    const unanswered = [
      user('x'),
      {
        role: 'assistant',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      user('y'),
    ];
    expect((await complete(url, { messages: unanswered })).status).toBe(400);
    expect(
      (await complete(url, { messages: [{ role: 'tool', tool_call_id: 'c9', content: 'x' }] })).status,
    ).toBe(400);
  });

  it('can be replaced, and what was asked can be read', async () => {
    const { url, setScript } = await start({ rules: [], models: ['one', 'two'], tours: ['Show me'] });
    const models = await (await fetch(`${url}/v1/models`)).json();
    expect(models.data.map((model: { id: string }) => model.id)).toEqual(['one', 'two']);
    expect(await (await fetch(`${url}/demo/tours`)).json()).toEqual({ tours: ['Show me'] });
    setScript({ rules: [{ name: 'only', reply: { parts: [{ type: 'text', text: 'new' }] } }] });
    await complete(url, { messages: [user('hi')] }, { authorization: 'Bearer secret' });
    expect(requests).toMatchObject([
      { rule: 'only', authorization: 'Bearer secret', body: { messages: [user('hi')] } },
    ]);
  });
});
