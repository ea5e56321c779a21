-- What a first start may have left on a server that stopped responding, or failed its checks: removed once the server is ready again. The row outlives its
-- workspace, and the registration of the server.
create table leftover (
  -- Never used again, so that a late removal can only ever hit what it was meant for.
  storage_key text primary key,
  workspace_id text not null references workspace (id),
  server_id text references server (id) on delete set null,
  -- By it a server is known that was removed and has joined again.
  engine_id text,
  created_at timestamptz not null default now()
);
create index leftover_server_id_idx on leftover (server_id);

alter table workspace
  -- The name of the server that its first start was taken off, and why; null again once it runs.
  add column left_server text,
  add column left_because text check (left_because in ('unreachable', 'unfit')),
  add constraint workspace_left_check check ((left_server is null) = (left_because is null));
