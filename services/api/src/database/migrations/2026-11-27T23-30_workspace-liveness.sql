-- A workspace whose container ended by itself, or whose daemon stopped responding, until it runs again.
alter table workspace
  -- One after the other, each soon after the one before; the time of the last.
  add column interruptions integer not null default 0,
  add column interrupted_at timestamptz,
  add column interruption_cause text check (interruption_cause in ('ended', 'hung')),
  -- The run of the container that no longer responds: it is ended before the workspace is started again.
  add column hung_container_id text,
  add column hung_started_at text;

-- What is done in a workspace after its first start; null: nothing. running: it is being done, or will be once the workspace runs.
alter table workspace
  add column setup_step text check (setup_step in ('clone')),
  add column setup_status text check (setup_status in ('running', 'failed', 'done')),
  add column setup_reason text,
  -- Each try is a command of its own.
  add column setup_command_id text,
  add column setup_lease_token text,
  add column setup_lease_expires_at timestamptz,
  add check (num_nulls(setup_step, setup_status, setup_command_id) in (0, 3));

-- Whether earlier clones worked was not kept; their commands tell it.
update workspace
set setup_step = 'clone', setup_status = 'running', setup_command_id = 'cmd_' || substr(id, 4)
where git_url is not null and status <> 'deleted';

create index workspace_setup_idx on workspace (setup_lease_expires_at nulls first) where setup_status = 'running';
