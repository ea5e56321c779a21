-- Tables and columns of better-auth's two-factor and passkey plugins, as its compileMigrations() prints them; beside them what Podex adds.

alter table "user" add column "two_factor_enabled" boolean not null default false;

-- When the password was last entered again in this session. Null: not since it began.
alter table "session" add column "confirmed_at" timestamptz;

create table "two_factor" (
  "id" text not null primary key,
  -- Encrypted.
  "secret" text not null,
  -- Encrypted.
  "backup_codes" text not null,
  "user_id" text not null references "user" ("id") on delete cascade,
  -- False until the first right code.
  "verified" boolean not null default true,
  "failed_verification_count" integer default 0,
  "locked_until" timestamptz,
  -- Of time, 30 seconds each: a code of this one or an earlier one is not taken again.
  "last_used_step" integer
);

create index "two_factor_secret_idx" on "two_factor" ("secret");
create unique index "two_factor_user_id_uidx" on "two_factor" ("user_id");

create table "passkey" (
  "id" text not null primary key,
  "name" text,
  "public_key" text not null,
  "user_id" text not null references "user" ("id") on delete cascade,
  "credential_id" text not null,
  "counter" bigint not null,
  "device_type" text not null,
  "backed_up" boolean not null,
  "transports" text,
  "created_at" timestamptz,
  "aaguid" text
);

create index "passkey_user_id_idx" on "passkey" ("user_id");
create unique index "passkey_credential_id_uidx" on "passkey" ("credential_id");
