create table topic (
  name text primary key,
  last_seq bigint not null default 0,
  -- Events below it were pruned.
  first_seq bigint not null default 1
);

create table event (
  topic text not null references topic (name) on delete cascade,
  seq bigint not null,
  at timestamptz not null default now(),
  -- json, not jsonb: written once, read whole, keys in the order of the sender.
  body json not null,
  primary key (topic, seq)
);
create index event_prunable_idx on event (at) where topic not like 'conversation:%';
