-- Keys that sign JWTs. The newest signs; older ones stay until their last JWT has ended.
create table signing_key (
  id text primary key,
  public_jwk jsonb not null,
  -- AES-256-GCM (nonce, ciphertext, tag) under a key that is derived from JWT_SECRET_KEY.
  private_key bytea not null,
  created_at timestamptz not null default now()
);
