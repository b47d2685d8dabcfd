create table public.groups (
  id uuid primary key,
  created_by uuid not null,                        -- the device that made it
  epoch bigint not null default 0 check (epoch >= 0),
  seq bigint not null default 0 check (seq >= 0),  -- number of the newest message
  created_at timestamptz not null default now()
);

-- One row a device; it is a member while left_seq is null.
create table public.group_members (
  group_id uuid not null references public.groups on delete cascade,
  user_id text not null,
  device_id uuid not null references public.devices on delete cascade,
  role text not null default 'member' check (role in ('owner', 'admin', 'member')),
  joined_seq bigint not null,                      -- the commit that added it: it is served what follows
  left_seq bigint,                                 -- the commit that removed it: it is served nothing after that
  acked_seq bigint not null default 0,
  confirmed_at timestamptz,                        -- when it had used its Welcome
  joined_at timestamptz not null default now(),
  primary key (group_id, device_id),
  check (left_seq >= joined_seq)
);
create index group_members_device_id on public.group_members (device_id);

alter table public.groups enable row level security;
alter table public.group_members enable row level security;

-- definer: the membership test itself must not run under the policies that use it
create function private.is_member(p_group_id uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.group_members m
    where m.group_id = p_group_id and m.device_id = private.caller_device() and m.left_seq is null
  )
$$;
grant execute on function private.is_member(uuid) to authenticated;

create policy "members see the group" on public.groups for select to authenticated
  using (private.is_member(id));
create policy "members see members" on public.group_members for select to authenticated
  using (private.is_member(group_id));
grant select on public.groups, public.group_members to authenticated;
