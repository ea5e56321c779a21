-- Keys that people's git connects with over SSH. The private half is a secret of the owner kind git, named ssh: and the id.
create table git_ssh_key (
  id text primary key,
  user_id text not null references "user" (id) on delete cascade,
  host text not null check (length(host) <= 128),
  -- Null: all repositories of the host.
  repository text check (length(repository) <= 255),
  -- As lines of OpenSSH have them: type and base64.
  public_key text not null check (length(public_key) <= 200),
  host_key text check (length(host_key) <= 2000),
  offered_host_key text check (length(offered_host_key) <= 2000),
  created_at timestamptz not null default now(),
  unique nulls not distinct (user_id, host, repository)
);
