-- The link's secret never comes here: only the hash of an access key derived from it.
create table public.invites (
  invite_id uuid primary key,
  group_id uuid not null references public.groups on delete cascade,
  created_by uuid not null references public.devices on delete cascade,
  access_hash bytea not null check (octet_length(access_hash) = 32),
  sealed_info bytea not null check (octet_length(sealed_info) between 1 and 4096),
  max_uses int not null check (max_uses between 1 and 500),
  uses int not null default 0 check (uses between 0 and max_uses),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);
create index invites_group_id on public.invites (group_id);

-- One row a joining device. Expired is not stored: it follows from the invite and the clock.
create table public.invite_requests (
  request_id uuid primary key default gen_random_uuid(),
  invite_id uuid not null references public.invites on delete cascade,
  user_id text not null,
  device_id uuid not null references public.devices on delete cascade,
  key_package bytea not null check (octet_length(key_package) between 1 and 16384),
  mac bytea not null check (octet_length(mac) between 1 and 64),
  sealed_profile bytea not null check (octet_length(sealed_profile) between 1 and 4096),
  state text not null default 'kp_submitted' check (state in ('kp_submitted', 'complete', 'refused')),
  reason text check (char_length(reason) between 1 and 200),
  claimed_by uuid,
  claimed_at timestamptz,
  admitted_by text,                                -- user id of whoever completed it
  server_seq bigint,                               -- the commit that admitted it
  created_at timestamptz not null default now(),
  unique (invite_id, device_id),
  check ((state = 'refused') = (reason is not null)),
  check ((state = 'complete') = (server_seq is not null))
);
create index invite_requests_open on public.invite_requests (invite_id) where state = 'kp_submitted';

alter table public.invites enable row level security;
alter table public.invite_requests enable row level security;
