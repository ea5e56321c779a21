-- A program that waits for a person to approve it (RFC 8628).
create table device_request (
  id text primary key,
  -- sha-256 of the device code; hmac-sha-256 of the user code, which is short. The codes themselves are stored nowhere.
  device_code_hash bytea not null unique,
  user_code_hash bytea not null unique,
  client_name text not null,
  scope text not null check (scope in ('read', 'write', 'admin')),
  address text not null,
  -- What counts as one client: the address, or the /64 network of an IPv6 address.
  network text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  polled_at timestamptz,
  poll_seconds integer not null check (poll_seconds between 1 and 60),
  decision text check (decision in ('approve', 'deny')),
  decided_by text references "user" (id) on delete cascade,
  -- Who signs out before the program took its token has not approved it.
  decided_session_id text references session (id) on delete cascade,
  constraint device_request_decided_check
    check ((decision is null) = (decided_by is null) and (decision is null) = (decided_session_id is null))
);
create index device_request_network_idx on device_request (network, expires_at);
create index device_request_expires_at_idx on device_request (expires_at);
create index device_request_decided_by_idx on device_request (decided_by) where decided_by is not null;
create index device_request_decided_session_id_idx on device_request (decided_session_id)
  where decided_session_id is not null;
