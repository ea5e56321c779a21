import { askUser } from './ask-user.ts';
import { editFile } from './edit-file.ts';
import { glob } from './glob.ts';
import { grep } from './grep.ts';
import { listFiles } from './list-files.ts';
import { proposePlan } from './propose-plan.ts';
import { readFile } from './read-file.ts';
import { runCommand } from './run-command.ts';
import { todo } from './todo.ts';
import { type PreparedCall, type Tool, ToolInputError } from './tool.ts';
import { writeFile } from './write-file.ts';

/** Every tool that a model is offered, in an order that never changes, so that the beginning of the prompt does not either. */
export const TOOLS: readonly Tool[] = [
  readFile,
  writeFile,
  editFile,
  listFiles,
  glob,
  grep,
  runCommand,
  askUser,
  proposePlan,
  todo,
];

const BY_NAME = new Map(TOOLS.map((tool) => [tool.name, tool]));

/** @throws ToolInputError for a tool that there is not, or an input that does not fit. */
export function prepareCall(name: string, input: Record<string, unknown>): PreparedCall {
  const tool = BY_NAME.get(name);
  if (tool === undefined) {
    throw new ToolInputError(`There is no tool ${name}. The tools are ${[...BY_NAME.keys()].join(', ')}.`);
  }
  return tool.prepare(input);
}
