/** What a call of a tool does in the workspace. Approvals, checkpoints, plan mode and what may run at once follow from it. */
export interface Effect {
  /** A call that mutates is idempotent by its tool call’s id. */
  kind: 'reads' | 'mutates';
  /** Files and folders that it is about, as the model named them. */
  paths?: readonly string[];
  command?: { line: string; cwd: string | undefined };
}
