create table conversation (
  id text primary key,
  workspace_id text not null references workspace (id) on delete cascade,
  -- Empty until the first message names it.
  title text not null default '',
  mode text not null check (mode in ('plan', 'ask', 'auto')),
  model text,
  -- Tools that a person has approved for the rest of this conversation.
  allowed_tools text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index conversation_workspace_id_idx on conversation (workspace_id, id);
create index conversation_deleted_at_idx on conversation (deleted_at) where deleted_at is not null;

create table turn (
  id text primary key,
  -- Turns of a conversation run in this order, one at a time.
  ordinal bigint not null generated always as identity unique,
  conversation_id text not null references conversation (id) on delete cascade,
  status text not null default 'queued'
    check (status in ('queued', 'running', 'waiting_approval', 'waiting_input', 'completed', 'failed', 'cancelled')),
  lease_token text,
  lease_owner text,
  lease_expires_at timestamptz,
  -- How often a worker took it.
  attempt integer not null default 0,
  -- Workers in a row that were lost without finishing a step.
  lost_leases integer not null default 0,
  cancel_requested boolean not null default false,
  -- How many of its messages the worker has been given.
  messages_given integer not null default 0,
  error_code text,
  error_message text,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index turn_conversation_id_idx on turn (conversation_id, ordinal);
create index turn_claimable_idx on turn (ordinal) where status in ('queued', 'running');

create table message (
  id text primary key,
  ordinal bigint not null generated always as identity unique,
  turn_id text not null references turn (id) on delete cascade,
  text text not null,
  -- It stands in the prompt right before this step of its turn.
  before_step integer not null,
  created_at timestamptz not null default now()
);
create index message_turn_id_idx on message (turn_id, ordinal);

create table step (
  id text primary key,
  turn_id text not null references turn (id) on delete cascade,
  step_index integer not null,
  status text not null default 'thinking' check (status in ('thinking', 'acting', 'finished')),
  model text not null,
  -- json, not jsonb, here and below: what goes back to a model keeps the order of its keys.
  assistant json not null default '[]',
  -- Number of the next event of this step: events below it were taken already.
  next_index integer not null default 0,
  created_at timestamptz not null default now(),
  unique (turn_id, step_index)
);

create table tool_call (
  id text primary key,
  ordinal bigint not null generated always as identity,
  step_id text not null references step (id) on delete cascade,
  tool text not null,
  input json not null,
  summary text not null,
  status text not null default 'pending'
    check (status in ('pending', 'completed', 'failed', 'denied', 'cancelled')),
  output text,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index tool_call_step_id_idx on tool_call (step_id, ordinal);

create table approval (
  id text primary key,
  conversation_id text not null references conversation (id) on delete cascade,
  workspace_id text not null references workspace (id) on delete cascade,
  turn_id text not null references turn (id) on delete cascade,
  tool_call_id text not null,
  tool text not null,
  summary text not null,
  input json not null,
  preview json,
  status text not null default 'pending' check (status in ('pending', 'approved', 'denied', 'expired')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text references "user" (id) on delete set null
);
create index approval_workspace_id_idx on approval (workspace_id, id);
create index approval_turn_id_idx on approval (turn_id);
create index approval_pending_idx on approval (expires_at) where status = 'pending';
