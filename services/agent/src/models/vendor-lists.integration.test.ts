import { modelList } from '@podex/contracts/models';
import { expect, it } from 'vitest';
import { INTERNAL_TOKEN } from '../../testing/turns-api-double.ts';
import { VENDORS, VendorSetup } from '../../testing/vendors.ts';

/** `id | context | tools images reasoning | efforts`, as each vendor’s list has it. */
const LISTED: Record<string, string[]> = {
  Anthropic: [
    'anthropic/claude-sonnet-5-5 | 1000000 | true true true | low medium high',
    'anthropic/claude-haiku-4-5 | null | true null null | ',
  ],
  'OpenAI Responses': [
    'openai/gpt-5.6 | 1050000 | true true true | low medium high',
    'openai/gpt-4.1 | 1047576 | true true false | ',
    'openai/whisper-1 | null | true null false | ',
    'openai/text-embedding-3-large | null | true null false | ',
  ],
  'chat completions': ['openai/served | 32768 | null null null | '],
  Google: ['google/gemini-3.5-flash | 1048576 | true true true | low medium high'],
  // One is in memory with a shorter context than its Modelfile names.
  Ollama: [
    'ollama/qwen3:8b | 16384 | true false true | low medium high',
    'ollama/llama3:latest | 4096 | true false true | low medium high',
  ],
  OpenRouter: ['openrouter/anthropic/claude-sonnet-5.5 | 1000000 | true true true | low medium high'],
};

it.each(VENDORS)('$name tells what its models can do', async (vendor) => {
  await using setup = await VendorSetup.start(vendor);
  const response = await fetch(`http://127.0.0.1:${setup.port}/models`, {
    headers: { authorization: `Bearer ${INTERNAL_TOKEN}` },
  });
  const { items } = modelList.parse(await response.json());
  const listed = items.map(({ id, context_tokens: context, abilities, reasoning_efforts: efforts }) => {
    const can = `${abilities.tools} ${abilities.images} ${abilities.reasoning}`;
    return `${id} | ${context} | ${can} | ${efforts.join(' ')}`;
  });
  expect(listed).toEqual(expect.arrayContaining(LISTED[vendor.name] ?? []));
});
