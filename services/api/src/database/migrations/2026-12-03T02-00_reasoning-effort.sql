-- How much the model reasons before it responds; null: as its provider has it.
alter table conversation add column reasoning_effort text
  check (reasoning_effort in ('low', 'medium', 'high'));
