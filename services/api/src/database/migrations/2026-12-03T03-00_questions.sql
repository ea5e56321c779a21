-- What a person said to a question or a plan of the agent.
alter table approval add column answer json;
alter table turn drop constraint turn_waiting_reason_check;
alter table turn add constraint turn_waiting_reason_check
  check (waiting_reason in ('approval', 'input', 'retry', 'workspace', 'budget'));
