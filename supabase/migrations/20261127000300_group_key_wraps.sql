-- A commit's sealed rejoin keys may be for single devices of an account, beside the one for the account itself.
alter table public.group_key_wraps
  add column device_id uuid,                       -- null: for the account
  drop constraint group_key_wraps_pkey;
create unique index group_key_wraps_key on public.group_key_wraps (group_id, user_id, device_id, server_seq)
  nulls not distinct;

-- p_keys: [{user_id, device_id, sealed_key}].
create or replace function private.group_key_wraps_check(p_keys jsonb) returns void
language plpgsql stable set search_path = '' as $$
begin
  perform private.require(jsonb_typeof(p_keys) = 'array' and jsonb_array_length(p_keys) <= 1000,
    'keys must be a list with at most 1000 entries');
  perform private.require(not exists (
    select from jsonb_to_recordset(p_keys) k (sealed_key text)
    where (octet_length(decode(k.sealed_key, 'base64')) between 1 and 256) is not true
  ), 'each sealed_key must have 1 to 256 bytes');
end $$;

-- Called when the commit has been applied. Each key is authenticated by the one before it, so an account and each of
-- its devices keep the newest 32: as many removals may happen while a device is away.
create or replace function private.group_key_wraps_store(p_group_id uuid, p_seq bigint, p_keys jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform private.commit_requires((
    select count(*) = count(distinct (k.user_id, k.device_id))
    from jsonb_to_recordset(p_keys) k (user_id text, device_id uuid)
  ), 'an account or a device gets two keys');
  perform private.commit_requires(not exists (
    select from jsonb_to_recordset(p_keys) k (user_id text)
    where not exists (select from public.group_members m
      where m.group_id = p_group_id and m.user_id = k.user_id and m.left_seq is null)
  ), 'a key is for an account that has no device in the group');
  perform private.commit_requires(not exists (
    select from jsonb_to_recordset(p_keys) k (user_id text, device_id uuid)
    where k.device_id is not null and not exists (select from public.devices d
      where d.device_id = k.device_id and d.user_id = k.user_id)
  ), 'a key is for a device of another account');
  insert into public.group_key_wraps (group_id, user_id, device_id, server_seq, sealed_key)
  select p_group_id, k.user_id, k.device_id, p_seq, decode(k.sealed_key, 'base64')
  from jsonb_to_recordset(p_keys) k (user_id text, device_id uuid, sealed_key text);
  delete from public.group_key_wraps w using (
    select x.ctid as id, row_number() over (partition by x.user_id, x.device_id order by x.server_seq desc) as place
    from public.group_key_wraps x where x.group_id = p_group_id) old
  where w.ctid = old.id and old.place > 32;
end $$;
