-- Waiting is one status with a reason. What wakes such a turn is a row or the clock.
alter table turn drop constraint turn_status_check;
alter table turn add column waiting_reason text check (waiting_reason in ('approval', 'retry', 'workspace'));
-- When it goes on by itself at the latest; null: when a person decides.
alter table turn add column wake_at timestamptz;
alter table turn add column waiting_message text;
-- Of its workspace when the turn began to wait for it: another one wakes the turn.
alter table turn add column workspace_status_seen text;
-- Since when it has made no progress for want of its workspace.
alter table turn add column workspace_waited_since timestamptz;
update turn set status = 'waiting', waiting_reason = 'approval' where status in ('waiting_approval', 'waiting_input');
alter table turn add constraint turn_status_check
  check (status in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'));
alter table turn add constraint turn_waiting_check check ((status = 'waiting') = (waiting_reason is not null));

-- How often the model was asked again for this step after a failure.
alter table step add column retries integer not null default 0;

drop index turn_claimable_idx;
create index turn_claimable_idx on turn (ordinal) where status in ('queued', 'running', 'waiting');

update event
  set body = json_build_object(
    'type', 'turn.waiting', 'turn_id', body ->> 'turn_id', 'reason', 'approval', 'wake_at', null, 'message', null)
  where body ->> 'type' in ('turn.waiting_approval', 'turn.waiting_input');
