import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startLlmDouble } from './llm-double.ts';
import { type Script, script } from './script.ts';

/** `node tests/doubles/llm/main.ts [--port 4010] [--script file.json|file.ts]`; the demo script when none is given. */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, script: { type: 'string' } },
});

async function loadScript(file: string): Promise<Script> {
  if (file.endsWith('.json')) return script.parse(JSON.parse(await readFile(file, 'utf8')));
  const loaded: { default?: unknown } = await import(pathToFileURL(path.resolve(file)).href);
  return script.parse(loaded.default);
}

const chosen = await loadScript(values.script ?? path.join(import.meta.dirname, 'demo-script.ts'));
const double = await startLlmDouble({ port: Number(values.port), script: chosen });
console.log(JSON.stringify({ url: double.url, base_url: `${double.url}/v1`, rules: chosen.rules.length }));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void double.stop().then(() => process.exit(0)));
}
