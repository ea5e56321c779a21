-- Where a workspace may live: as its owner asked when it was made.
alter table workspace
  add column region text,
  add column region_match text not null default 'required' check (region_match in ('required', 'preferred')),
  add column required_labels jsonb not null default '{}';

-- The worker that holds the lease: when it is known to be dead, its leases are freed before they end.
alter table workspace
  add column lease_owner text,
  add column setup_lease_owner text;
