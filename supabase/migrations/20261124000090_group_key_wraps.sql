-- A commit that makes a new rejoin key brings it sealed to the accounts of the group, so that a device that was away
-- then finds it. What an account's own devices store (group_keys) stays beside them.
create table public.group_key_wraps (
  group_id uuid not null references public.groups on delete cascade,
  user_id text not null references public.accounts on delete cascade,
  server_seq bigint not null,                      -- of the commit
  sealed_key bytea not null check (octet_length(sealed_key) between 1 and 256),
  primary key (group_id, user_id, server_seq)
);
alter table public.group_key_wraps enable row level security;

-- p_keys: [{user_id, sealed_key}].
create function private.group_key_wraps_check(p_keys jsonb) returns void
language plpgsql stable set search_path = '' as $$
begin
  perform private.require(jsonb_typeof(p_keys) = 'array' and jsonb_array_length(p_keys) <= 500,
    'keys must be a list with at most 500 entries');
  perform private.require(not exists (
    select from jsonb_to_recordset(p_keys) k (sealed_key text)
    where (octet_length(decode(k.sealed_key, 'base64')) between 1 and 256) is not true
  ), 'each sealed_key must have 1 to 256 bytes');
end $$;

-- Called when the commit has been applied. Each key is authenticated by the one before it, so an account keeps the
-- newest 32: as many removals may happen while its device is away.
create function private.group_key_wraps_store(p_group_id uuid, p_seq bigint, p_keys jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform private.commit_requires((
    select count(*) = count(distinct k.user_id) from jsonb_to_recordset(p_keys) k (user_id text)
  ), 'an account gets two keys');
  perform private.commit_requires(not exists (
    select from jsonb_to_recordset(p_keys) k (user_id text)
    where not exists (select from public.group_members m
      where m.group_id = p_group_id and m.user_id = k.user_id and m.left_seq is null)
  ), 'a key is for an account that has no device in the group');
  insert into public.group_key_wraps (group_id, user_id, server_seq, sealed_key)
  select p_group_id, k.user_id, p_seq, decode(k.sealed_key, 'base64')
  from jsonb_to_recordset(p_keys) k (user_id text, sealed_key text);
  delete from public.group_key_wraps w using (
    select x.user_id, x.server_seq, row_number() over (partition by x.user_id order by x.server_seq desc) as place
    from public.group_key_wraps x where x.group_id = p_group_id) old
  where w.group_id = p_group_id and (w.user_id, w.server_seq) = (old.user_id, old.server_seq) and old.place > 32;
end $$;
