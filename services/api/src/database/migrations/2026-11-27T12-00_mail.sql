-- What is to be sent by mail: written with what it tells, sent by whichever process takes it first.
create table mail (
  id bigint generated always as identity primary key,
  recipient text not null check (length(recipient) <= 320),
  template text not null check (length(template) <= 40),
  -- Subject and bodies, encrypted, for there are links in them that let people in. Null once it is sent or given up.
  sealed bytea,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'given_up')),
  check ((status = 'waiting') = (sealed is not null)),
  -- How often a sender took it. Whoever took it last may say what came of it.
  attempts integer not null default 0,
  -- When the next sender may take it; while one has it, when its lease ends.
  due_at timestamptz not null default now(),
  -- What it says is of no use later.
  good_until timestamptz not null,
  -- Of what is told once only.
  once_key text unique check (length(once_key) <= 200),
  created_at timestamptz not null default now()
);

create index mail_due_idx on mail (due_at) where status = 'waiting';
create index mail_recipient_idx on mail (recipient, template, created_at);
create index mail_created_at_idx on mail (created_at);

-- Until now no address was asked to prove itself. Admins were named by the operator or by an admin, and so were the invited:
-- mail that starts to be required does not lock them out.
update "user" set email_verified = true
where role = 'admin'
  or exists (select from invitation where invitation.email = "user".email and invitation.used_at is not null);
