-- Commands of turns that ended while no worker held them: they are ended in the workspace.
create table abandoned_command (
  id text primary key,
  workspace_id text not null references workspace (id) on delete cascade,
  turn_id text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now()
);
create index abandoned_command_next_attempt_at_idx on abandoned_command (next_attempt_at);
