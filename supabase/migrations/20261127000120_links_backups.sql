-- A device that waits to be linked, and the sealed answer to it. Short-lived; the code is no secret.
create table public.links (
  code text primary key check (code ~ '^[0-9A-HJKMNP-TV-Z]{20}$'),
  offer bytea not null check (octet_length(offer) between 1 and 16384),
  sealed bytea check (octet_length(sealed) between 1 and 16384),
  expires_at timestamptz not null
);
create index links_expires_at on public.links (expires_at);

-- One backup an account: the running generation, and as much as there is of the one that will take its place.
create table public.backups (
  user_id text primary key references public.accounts on delete cascade,
  generation bigint not null default 0 check (generation >= 0),
  upto jsonb not null default '{}',                -- group_id -> newest number that is in it, as its writers say
  staged_upto jsonb not null default '{}'          -- of the next generation
);
create table public.backup_segments (
  user_id text not null references public.backups on delete cascade,
  generation bigint not null,
  number int not null check (number between 0 and 1999),
  segment bytea not null check (octet_length(segment) between 1 and 524288),
  primary key (user_id, generation, number)
);
alter table public.backup_segments alter column segment set storage external;

alter table public.links enable row level security;
alter table public.backups enable row level security;
alter table public.backup_segments enable row level security;
