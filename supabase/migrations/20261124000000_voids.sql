-- A void stands in the log like any entry and withdraws a commit that others could not follow; the commit stays.
alter table public.messages
  add column voids bigint,                         -- of a void: server_seq of the commit that it withdraws
  add column voided boolean not null default false, -- of a commit: a void has withdrawn it
  drop constraint messages_msg_kind_check,
  drop constraint messages_mls_bytes_check,
  drop constraint messages_check;
alter table public.messages
  add constraint messages_msg_kind_check check (msg_kind in ('chat', 'commit', 'proposal', 'void')),
  add constraint messages_mls_bytes_check check (octet_length(mls_bytes) <= 262144),
  add constraint messages_check check ((msg_kind in ('commit', 'void')) = (client_seq is null)),
  add constraint messages_void_check check ((msg_kind = 'void') = (octet_length(mls_bytes) = 0)),
  add constraint messages_voids_check check ((msg_kind = 'void') = (voids is not null) and voids < server_seq),
  add constraint messages_voided_check check (not voided or msg_kind = 'commit');
-- one commit an epoch that counts, and one void a commit
drop index public.messages_commit;
create unique index messages_commit on public.messages (group_id, epoch) where msg_kind = 'commit' and not voided;
create unique index messages_voids on public.messages (group_id, voids) where voids is not null;

-- which voids there are behind a place of the log
create index messages_void_places on public.messages (group_id, server_seq) where msg_kind = 'void';

-- What a commit has changed, as it was before it: for the void that may come. Goes with the commit.
create table public.commit_undos (
  group_id uuid not null,
  server_seq bigint not null,
  devices uuid[] not null,                         -- that it added or removed
  members jsonb not null,                          -- their rows of group_members
  welcomes jsonb not null,                         -- and of welcomes
  primary key (group_id, server_seq),
  foreign key (group_id, server_seq) references public.messages on delete cascade
);

-- The newest sealed GroupInfo of each group; of use while its epoch is the group's.
create table public.group_infos (
  group_id uuid primary key references public.groups on delete cascade,
  epoch bigint not null check (epoch >= 0),
  group_info bytea not null check (octet_length(group_info) between 1 and 524288),
  former_epoch bigint,                             -- the one before, should the commit between them be withdrawn
  former bytea,
  created_at timestamptz not null default now()
);
alter table public.group_infos alter column group_info set storage external, alter column former set storage external;

-- The group's rejoin key as an account's devices keep it for each other; stays while the group does.
create table public.group_keys (
  group_id uuid not null references public.groups on delete cascade,
  user_id text not null references public.accounts on delete cascade,
  sealed_key bytea not null check (octet_length(sealed_key) between 1 and 256),
  updated_at timestamptz not null default now(),
  primary key (group_id, user_id)
);

alter table public.commit_undos enable row level security;
alter table public.group_infos enable row level security;
alter table public.group_keys enable row level security;
