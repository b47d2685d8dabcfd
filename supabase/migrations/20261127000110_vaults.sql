-- The account's secrets as the server keeps them: sealed, with what a person shows to be given them.

create table public.vaults (
  user_id text primary key references public.accounts on delete cascade,
  generation bigint not null check (generation > 0),
  sealed_vault bytea not null check (octet_length(sealed_vault) between 1 and 16384),
  signature bytea not null check (octet_length(signature) = 64),
  updated_at timestamptz not null default now()
);

-- Neither the locator nor the access key ever comes here before it is used: only their hashes.
create table public.recovery_codes (
  user_id text primary key references public.vaults on delete cascade,
  locator_hash bytea not null unique check (octet_length(locator_hash) = 32),
  access_hash bytea not null check (octet_length(access_hash) = 32),
  salt bytea not null check (octet_length(salt) between 1 and 64),
  memory_kib int not null check (memory_kib between 1 and 4194304),
  iterations int not null check (iterations between 1 and 1000),
  sealed_root bytea not null check (octet_length(sealed_root) between 1 and 256),
  tries int not null default 0 check (tries between 0 and 10),  -- wrong ones in a row
  tried_at timestamptz,
  made_at timestamptz not null default now()
);

create table public.passkeys (
  -- the credential id, base64url
  passkey_id text primary key check (passkey_id ~ '^[A-Za-z0-9_-]+$' and octet_length(passkey_id) <= 1364),
  user_id text not null references public.accounts on delete cascade,
  public_key bytea not null check (octet_length(public_key) between 1 and 4096),  -- COSE
  counter bigint not null check (counter >= 0),
  transports text[] not null check (cardinality(transports) <= 10),
  sealed_root bytea not null check (octet_length(sealed_root) between 1 and 256),
  sealed_name bytea not null check (octet_length(sealed_name) <= 512),
  created_at timestamptz not null default now(),
  last_used timestamptz
);
create index passkeys_user_id on public.passkeys (user_id);

alter table public.vaults enable row level security;
alter table public.recovery_codes enable row level security;
alter table public.passkeys enable row level security;

-- Who answers with a passkey is not known before.
alter table public.challenges
  drop constraint challenges_purpose_check,
  alter column user_id drop not null,
  alter column device_id drop not null;
alter table public.challenges
  add constraint challenges_purpose_check check (purpose in ('register', 'login', 'passkey_create', 'passkey_get')),
  add constraint challenges_check check (
    (purpose = 'passkey_get') = (device_id is null) and (user_id is null) = (device_id is null));

create or replace function private.auth_challenge_take(
  p_challenge_id uuid, p_purpose text, p_user_id text, p_device_id uuid
) returns bytea language sql volatile security definer set search_path = '' as $$
  with taken as (delete from public.challenges where challenge_id = p_challenge_id returning *)
  select t.challenge from taken t
  where t.purpose = p_purpose and t.expires_at > now()
    and (t.user_id, t.device_id) is not distinct from (p_user_id, p_device_id)
$$;

-- The key that proves what an account has signed.
create function private.account_key() returns bytea
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return (select a.public_key from public.accounts a where a.user_id = v_me.user_id);
end $$;
grant execute on function private.account_key() to mls_chat_functions;

-- What somebody is given who has shown a passkey or the recovery code.
create function private.vault_reply(p_user_id text, p_sealed_root bytea) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_vault public.vaults;
begin
  select * into v_vault from public.vaults v where v.user_id = p_user_id;
  if not found then
    perform private.refuse(404, 'vault_unknown', 'this account has stored no vault');
  end if;
  return jsonb_build_object('user_id', p_user_id,
    'account_public_key', (select private.b64(a.public_key) from public.accounts a where a.user_id = p_user_id),
    'generation', v_vault.generation, 'sealed_vault', private.b64(v_vault.sealed_vault),
    'sealed_root', private.b64(p_sealed_root), 'entries', private.device_log_page(p_user_id, 0, null));
end $$;
