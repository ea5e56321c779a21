-- One row for each call of a model, failed ones as well. What was spent stays when its workspace or conversation is deleted, so those
-- are named and not referred to. Costs and prices are whole micro-dollars; prices are for a million tokens.
create table model_call (
  id bigint generated always as identity primary key,
  -- Whose workspace it was at that time.
  user_id text references "user" (id) on delete cascade,
  team_id text references team (id) on delete cascade,
  workspace_id text not null,
  conversation_id text not null,
  turn_id text not null,
  step_id text not null,
  -- From 1, within the step.
  attempt integer not null,
  model text not null,
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  -- Null while it runs.
  outcome text check (outcome in ('whole', 'truncated', 'empty', 'broken', 'refused', 'failed', 'cancelled')),
  error_code text,
  finish_reason text,
  response_id text,
  input_tokens bigint not null default 0,
  cached_input_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  -- The provider gave no figures: tokens are estimated from the text.
  is_estimated boolean not null default false,
  -- Whose figure the cost is, or whose price: of the provider, an admin, the list that comes with Podex, or a model that runs locally.
  price_source text not null check (price_source in ('provider', 'admin', 'list', 'local', 'unknown')),
  input_price bigint,
  cached_input_price bigint,
  cache_write_price bigint,
  output_price bigint,
  -- Null when it is not known. While the call runs: what its prompt costs at least, which budgets count.
  cost_microusd bigint,
  check (num_nonnulls(user_id, team_id) = 1),
  check ((outcome is null) = (ended_at is null)),
  unique (step_id, attempt)
);
create index model_call_user_id_idx on model_call (user_id, begun_at) include (cost_microusd) where user_id is not null;
create index model_call_team_id_idx on model_call (team_id, begun_at) include (cost_microusd) where team_id is not null;
create index model_call_begun_at_idx on model_call (begun_at);
create index model_call_conversation_id_idx on model_call (conversation_id);
create index model_call_open_idx on model_call (turn_id) where outcome is null;

-- Sums of days before calls had rows: one row for each, so that budgets go on from what was spent.
insert into model_call (user_id, team_id, workspace_id, conversation_id, turn_id, step_id, attempt, model, begun_at, ended_at, outcome,
    input_tokens, cached_input_tokens, output_tokens, price_source, cost_microusd)
  select user_id, team_id, '', '', '', 'sum_' || id, 1, model, day::timestamp at time zone 'utc', day::timestamp at time zone 'utc',
    'whole', input_tokens, cached_input_tokens, output_tokens, 'provider', round(cost_usd * 1000000)
  from model_usage;
drop table model_usage;

alter table turn drop constraint turn_waiting_reason_check;
alter table turn add constraint turn_waiting_reason_check
  check (waiting_reason in ('approval', 'retry', 'workspace', 'budget'));
