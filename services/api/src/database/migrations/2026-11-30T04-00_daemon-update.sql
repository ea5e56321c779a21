-- Whether the daemon of a workspace is to be updated, as compute last said of the container of its last run.
alter table workspace
  add column daemon_update text check (daemon_update in ('at_next_start', 'needs_rebuild'));
