-- Workers of agent that hold a connection open, by which api notices that one has died.
create table turn_worker (
  id text primary key,
  -- Of its newest connection.
  connection text not null,
  seen_at timestamptz not null default now()
);
