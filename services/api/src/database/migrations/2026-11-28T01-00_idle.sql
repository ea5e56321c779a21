-- What holds for workspaces that say nothing of their own, as api has decided last from settings and COMPUTE_WORKSPACE_TIMEOUT.
alter table fleet
  add column idle_timeout_seconds integer not null default 7200 check (idle_timeout_seconds >= 0),
  add column idle_may_be_never boolean not null default true;

alter table workspace
  -- Of its own: 0 is never, null the platform’s.
  add column idle_timeout_seconds integer check (idle_timeout_seconds >= 0),
  add column auto_start boolean not null default true,
  add column keep_alive_until timestamptz,
  -- Said with the warning of this idle period.
  add column idle_stops_at timestamptz,
  -- A worker looks whether something runs in it.
  add column idle_lease_expires_at timestamptz,
  -- Why it was stopped, when nobody asked for it.
  add column stop_reason text,
  -- The container that is to be replaced by a new one, until that one runs.
  add column rebuild_of text,
  -- The container in which it ran last: another one has none of what was installed in that.
  add column ran_container_id text,
  -- As it was put on its server last; a size that was changed since takes effect with the next container.
  add column placed_size text check (placed_size in ('small', 'medium', 'large')),
  -- Since when its status is this one, or something else was asked for: what does not end is given up.
  add column status_since timestamptz not null default now();

update workspace set ran_container_id = container_id, placed_size = size where ran_at is not null;

create index workspace_idle_idx on workspace (last_active_at) where desired_status = 'running' and status = 'running';
