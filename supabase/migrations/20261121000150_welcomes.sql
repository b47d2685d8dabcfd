-- Waits for its device until that one has confirmed it by group_join.
create table public.welcomes (
  group_id uuid not null references public.groups on delete cascade,
  device_id uuid not null references public.devices on delete cascade,
  request_id uuid not null,                        -- of the invite request; without an invite the group's id
  welcome bytea not null check (octet_length(welcome) between 1 and 1048576),
  mac bytea not null check (octet_length(mac) <= 64),
  admitted_by text not null,                       -- user id of the committer
  server_seq bigint not null,
  created_at timestamptz not null default now(),
  primary key (group_id, device_id)
);
create index welcomes_device_id on public.welcomes (device_id);

alter table public.welcomes enable row level security;
