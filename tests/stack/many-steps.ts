import type { ScriptInput } from '../doubles/llm/llm-double.ts';

const STEPS = 30;
/** Makes a file, changes it, appends to a log, reads. */
const KINDS = 4;

/** A turn of 30 steps for the message `folder`, each with one call, in which nothing that happens twice stays unseen. */
export function manyStepsScript(folder: string): ScriptInput {
  const steps = Array.from({ length: STEPS }, (_, step) => ({
    when: { user: folder, tool_results: step },
    reply: {
      parts: [{ type: 'text' as const, text: `Now step ${step} of all the steps.` }, callOf(folder, step)],
      chunk_delay_ms: 15,
    },
  }));
  const end = {
    when: { user: folder, tool_results: STEPS },
    reply: { parts: [{ type: 'text' as const, text: 'Done.' }] },
  };
  return { rules: [...steps, end] };
}

function callOf(folder: string, step: number) {
  const call = (name: string, input: Record<string, unknown>) => ({
    type: 'tool_call' as const,
    name,
    arguments: input,
  });
  const kind = step % KINDS;
  const path = `${folder}/${step - kind}.txt`;
  switch (kind) {
    case 0:
      return call('write_file', { path, content: 'count: 0\n' });
    case 1:
      return call('edit_file', { path, old_text: 'count: 0', new_text: 'count: 00' });
    case 2:
      return call('run_command', {
        command: `echo ${step} >> ${folder}/log.txt; sleep 0.4; echo ended >> ${folder}/log.txt`,
      });
    default:
      return call('read_file', { path });
  }
}

/** Every file that the turn leaves, and its content. */
export function filesOfManySteps(folder: string): Map<string, string> {
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  const files = steps
    .filter((step) => step % KINDS === 0)
    .map((step) => [`${folder}/${step}.txt`, 'count: 00\n'] as const);
  const lines = steps.filter((step) => step % KINDS === 2).map((step) => `${step}\nended\n`);
  return new Map([...files, [`${folder}/log.txt`, lines.join('')]]);
}
