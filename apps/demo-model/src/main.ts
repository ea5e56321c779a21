import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Script, script } from './script.ts';
import { startScriptedModel } from './scripted-model.ts';

/** `node apps/demo-model/src/main.ts [--port 4010] [--script file.json|file.ts]`; the demo script when none is given. */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, script: { type: 'string' } },
});

async function loadScript(file: string): Promise<Script> {
  if (file.endsWith('.json')) return script.parse(JSON.parse(await readFile(file, 'utf8')));
  const loaded: { default?: unknown } = await import(pathToFileURL(path.resolve(file)).href);
  return script.parse(loaded.default);
}

const chosen = await loadScript(values.script ?? path.join(import.meta.dirname, 'demo-script.ts'));
const model = await startScriptedModel({ port: Number(values.port), script: chosen });
console.log(JSON.stringify({ url: model.url, base_url: `${model.url}/v1`, rules: chosen.rules.length }));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void model.stop().then(() => process.exit(0)));
}
