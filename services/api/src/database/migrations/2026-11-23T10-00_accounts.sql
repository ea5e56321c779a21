-- Tables of better-auth, as its compileMigrations() prints them for the options in accounts/auth.ts.

create table "user" (
  "id" text not null primary key,
  "name" text not null,
  "email" text not null unique,
  "email_verified" boolean not null,
  "image" text,
  "created_at" timestamptz default CURRENT_TIMESTAMP not null,
  "updated_at" timestamptz default CURRENT_TIMESTAMP not null,
  "role" text not null
);

create table "session" (
  "id" text not null primary key,
  "expires_at" timestamptz not null,
  "token" text not null unique,
  "created_at" timestamptz default CURRENT_TIMESTAMP not null,
  "updated_at" timestamptz not null,
  "ip_address" text,
  "user_agent" text,
  "user_id" text not null references "user" ("id") on delete cascade
);

create table "account" (
  "id" text not null primary key,
  "account_id" text not null,
  "provider_id" text not null,
  "user_id" text not null references "user" ("id") on delete cascade,
  "access_token" text,
  "refresh_token" text,
  "id_token" text,
  "access_token_expires_at" timestamptz,
  "refresh_token_expires_at" timestamptz,
  "scope" text,
  "password" text,
  "created_at" timestamptz default CURRENT_TIMESTAMP not null,
  "updated_at" timestamptz not null
);

create table "verification" (
  "id" text not null primary key,
  "identifier" text not null,
  "value" text not null,
  "expires_at" timestamptz not null,
  "created_at" timestamptz default CURRENT_TIMESTAMP not null,
  "updated_at" timestamptz default CURRENT_TIMESTAMP not null
);

create index "session_user_id_idx" on "session" ("user_id");
create index "account_user_id_idx" on "account" ("user_id");
create index "verification_identifier_idx" on "verification" ("identifier");

alter table "user" add constraint user_role_check check (role in ('user', 'admin'));
