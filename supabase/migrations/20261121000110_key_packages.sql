-- Each key package is served once; the last resort, one a device, is served when the others have run out.
create table public.key_packages (
  id bigint generated always as identity primary key,
  device_id uuid not null references public.devices on delete cascade,
  key_package bytea not null check (octet_length(key_package) between 1 and 16384),
  last_resort boolean not null default false,
  created_at timestamptz not null default now()
);
create index key_packages_stock on public.key_packages (device_id, id) where not last_resort;
create unique index key_packages_last_resort on public.key_packages (device_id) where last_resort;
-- publishing the same list again, after a lost reply, stores nothing twice
create unique index key_packages_once on public.key_packages (device_id, sha256(key_package)) where not last_resort;

alter table public.key_packages enable row level security;
