-- What people said about ports of workspaces. A port without a row is private.
create table preview_port (
  workspace_id text not null references workspace (id) on delete cascade,
  port integer not null check (port between 1 and 65535),
  access text not null default 'private' check (access in ('private', 'link', 'public')),
  label text,
  -- Of its links: another one makes all of them void.
  link_key text not null,
  primary key (workspace_id, port)
);

-- One-time codes that let a browser in to a private preview. Only hashes: who reads the table gets in nowhere.
create table preview_code (
  code_hash text primary key,
  workspace_id text not null references workspace (id) on delete cascade,
  port integer not null,
  -- Of what the browser holds in a cookie of the preview’s host.
  state_hash text not null,
  session_id text not null references session (id) on delete cascade,
  user_id text not null references "user" (id) on delete cascade,
  expires_at timestamptz not null
);
create index preview_code_expires_idx on preview_code (expires_at);
create index preview_code_session_idx on preview_code (session_id);
create index preview_code_workspace_idx on preview_code (workspace_id);
create index preview_code_user_idx on preview_code (user_id);
