-- The ordered log of each group: ciphertexts, numbered from 1 without gaps.
create table public.messages (
  group_id uuid not null references public.groups on delete cascade,
  server_seq bigint not null check (server_seq > 0),
  msg_kind text not null check (msg_kind in ('chat', 'commit', 'proposal')),
  epoch bigint not null check (epoch >= 0),
  user_id text not null,
  device_id uuid not null,                         -- no reference: the log outlives its senders
  client_seq bigint check (client_seq >= 0),
  message_id uuid not null,
  mls_bytes bytea not null check (octet_length(mls_bytes) between 1 and 262144),
  added jsonb,                                     -- [{user_id, device_id}] of a commit
  removed jsonb,                                   -- [device_id] of a commit
  created_at timestamptz not null default clock_timestamp(),
  primary key (group_id, server_seq),
  check ((msg_kind = 'commit') = (client_seq is null))
);
-- a repeated send is answered with the first one's number
create unique index messages_message_id on public.messages (group_id, device_id, message_id);
-- a number that a device uses twice betrays a copied device
create unique index messages_client_seq on public.messages (group_id, device_id, client_seq)
  where client_seq is not null;
-- one commit an epoch, whatever the functions do
create unique index messages_commit on public.messages (group_id, epoch) where msg_kind = 'commit';
-- ciphertext does not shrink
alter table public.messages alter column mls_bytes set storage external;

alter table public.messages enable row level security;

-- What a device was served while it was a member stays readable to it; nothing before or after does.
create function private.may_read(p_group_id uuid, p_server_seq bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.group_members m
    where m.group_id = p_group_id and m.device_id = private.caller_device()
      and p_server_seq > m.joined_seq and (m.left_seq is null or p_server_seq <= m.left_seq)
  )
$$;
grant execute on function private.may_read(uuid, bigint) to authenticated;

create policy "members read their part" on public.messages for select to authenticated
  using (private.may_read(group_id, server_seq));
grant select on public.messages to authenticated;
