/** What a call of a tool does in the workspace. Approvals, checkpoints, plan mode and what may run at once follow from it. */
export interface Effect {
  /** A call that mutates is idempotent by its tool call’s id. One that asks does nothing but ask a person. */
  kind: 'reads' | 'mutates' | 'asks';
  /** Files and folders that it is about, as the model named them. */
  paths?: readonly string[];
  command?: { line: string; cwd: string | undefined };
}
