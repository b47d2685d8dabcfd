create table public.accounts (
  user_id text primary key,
  public_key bytea not null check (octet_length(public_key) = 32),
  created_at timestamptz not null default now(),
  check (user_id = private.user_id_of(public_key))
);

create table public.devices (
  device_id uuid primary key,
  user_id text not null references public.accounts on delete cascade,
  public_key bytea not null check (octet_length(public_key) = 32),
  credential bytea not null check (octet_length(credential) between 1 and 4096),
  created_at timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  revoked_at timestamptz
);
create index devices_user_id on public.devices (user_id);

create table public.challenges (
  challenge_id uuid primary key default gen_random_uuid(),
  purpose text not null check (purpose in ('register', 'login')),
  user_id text not null,
  device_id uuid not null,
  challenge bytea not null check (octet_length(challenge) = 32),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index challenges_device_id on public.challenges (device_id, created_at);
create index challenges_expires_at on public.challenges (expires_at);

alter table public.accounts enable row level security;
alter table public.devices enable row level security;
alter table public.challenges enable row level security;

-- What the token says, null unless it is a UUID.
create function private.claimed_device() returns uuid
language sql stable set search_path = '' as $$
  select case when claim ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then claim::uuid end
  from (select auth.jwt() ->> 'device_id') as token (claim)
$$;

-- The device that asks, while it is registered, belongs to the token's account and is not revoked; else null.
create function private.caller_device() returns uuid
language sql stable security definer set search_path = '' as $$
  select d.device_id from public.devices d
  where d.device_id = private.claimed_device() and d.user_id = auth.jwt() ->> 'sub' and d.revoked_at is null
$$;

create function private.caller_user() returns text
language sql stable security definer set search_path = '' as $$
  select d.user_id from public.devices d where d.device_id = private.caller_device()
$$;
grant execute on function private.caller_device(), private.caller_user() to authenticated;

create policy "own account" on public.accounts for select to authenticated
  using (user_id = (select private.caller_user()));
create policy "own devices" on public.devices for select to authenticated
  using (user_id = (select private.caller_user()));
grant select on public.accounts, public.devices to authenticated;
