import type { ScriptInput } from '../doubles/llm/llm-double.ts';

/** One answer of a scripted model that calls one tool. */
function calls(name: string, input: Record<string, unknown>) {
  return { parts: [{ type: 'tool_call' as const, name, arguments: input }] };
}

function says(text: string) {
  return { parts: [{ type: 'text' as const, text }] };
}

/** "Please greet … in the README": reads it, edits it, says so. */
export const editReadmeScript: ScriptInput = {
  rules: [
    { when: { user: 'greet', tool_results: 0 }, reply: calls('read_file', { path: 'README.md' }) },
    {
      when: { user: 'greet', tool_results: 1 },
      reply: calls('edit_file', { path: 'README.md', old_text: '# Hello', new_text: '# Hello Podex' }),
    },
    { when: { user: 'greet', tool_results: 2 }, reply: says('The README greets Podex now.') },
  ],
};

/** "Append a line": one command that takes a while and must never run twice. */
export const appendLineScript: ScriptInput = {
  rules: [
    {
      when: { user: 'append', tool_results: 0 },
      reply: calls('run_command', { command: 'echo line >> lines.txt; sleep 4; echo appended' }),
    },
    { when: { user: 'append', tool_results: 1 }, reply: says('Appended one line.') },
  ],
};

/** "Count slowly": text that streams for some seconds, so that a page can be reloaded in the middle. */
export const countSlowlyScript: ScriptInput = {
  rules: [
    {
      when: { user: 'count', tool_results: 0 },
      reply: {
        ...says(Array.from({ length: 60 }, (_, index) => `number-${index}`).join(' ')),
        chunk_delay_ms: 60,
      },
    },
  ],
};

/** All of the above in one. */
export const everyScript: ScriptInput = {
  rules: [...editReadmeScript.rules, ...appendLineScript.rules, ...countSlowlyScript.rules],
};
