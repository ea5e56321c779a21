-- Tries at a password that did not succeed, of an account, an address, a device or a session. How long the next try has to wait
-- follows from the two numbers; the rules are in accounts/sign-in-budgets.ts.
create table sign_in_attempt (
  subject text primary key check (length(subject) <= 200),
  -- With a fraction: what time has forgiven is taken off continuously.
  failures double precision not null check (failures >= 0),
  changed_at timestamptz not null
);

create index sign_in_attempt_changed_at_idx on sign_in_attempt (changed_at);
