alter table server
  add column labels jsonb not null default '{}',
  add column region text,
  -- Of the engine that passed its preflight first. Another one at the same address is not this server.
  add column engine_id text,
  -- Of a check that was asked for and goes on.
  add column progress jsonb;

create index server_address on server (lower(hostname), docker_port) where docker_socket is null;
