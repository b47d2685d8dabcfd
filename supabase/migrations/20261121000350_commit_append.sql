-- A commit and all that it changes, in one piece: the only place where an epoch rises and membership changes.

create function private.commit_requires(p_holds boolean, p_detail text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if p_holds is not true then
    perform private.refuse(400, 'commit_mismatch', p_detail);
  end if;
end $$;

-- Whether the declared changes fit the group and each other.
-- p_added: [{user_id, device_id}]; p_welcomes: [{device_id, welcome, mac}].
create function private.commit_check(
  p_group_id uuid, p_device_id uuid, p_added jsonb, p_removed uuid[], p_welcomes jsonb
) returns void language plpgsql stable set search_path = '' as $$
begin
  perform private.require(
    jsonb_typeof(p_added) = 'array' and jsonb_typeof(p_welcomes) = 'array' and p_removed is not null
    and jsonb_array_length(p_added) + cardinality(p_removed) <= 150 and jsonb_array_length(p_welcomes) <= 150,
    'added, removed and welcomes must be lists, with at most 150 changes in one commit');
  perform private.commit_requires((
    select count(*) = count(distinct a.device_id) from jsonb_to_recordset(p_added) a (device_id uuid)
  ), 'a device is added twice');
  perform private.commit_requires(not exists (
    select from jsonb_to_recordset(p_added) a (user_id text, device_id uuid)
    where not exists (select from public.devices d
      where d.device_id = a.device_id and d.user_id = a.user_id and d.revoked_at is null)
  ), 'an added device is unknown, revoked or of another user');
  perform private.commit_requires(not exists (
    select from jsonb_to_recordset(p_added) a (device_id uuid) join public.group_members m using (device_id)
    where m.group_id = p_group_id and m.left_seq is null and m.device_id <> all (p_removed)
  ), 'an added device is a member already');
  perform private.commit_requires((
    select count(*) = cardinality(p_removed) from public.group_members m
    where m.group_id = p_group_id and m.left_seq is null and m.device_id = any (p_removed)
  ), 'a removed device is no member, or is removed twice');
  perform private.commit_requires(p_device_id <> all (p_removed), 'a device cannot remove itself');
  perform private.commit_requires((
    select jsonb_array_length(p_added) = count(w.device_id)
      and count(w.device_id) = jsonb_array_length(p_welcomes) and count(distinct w.device_id) = count(w.device_id)
    from jsonb_to_recordset(p_welcomes) w (device_id uuid)
    where w.device_id in (select a.device_id from jsonb_to_recordset(p_added) a (device_id uuid))
  ), 'each added device needs exactly one Welcome, and nobody else may have one');
end $$;

create function private.commit_apply(
  p_me public.devices, p_group_id uuid, p_seq bigint, p_added jsonb, p_removed uuid[], p_welcomes jsonb,
  p_request_id uuid
) returns void language plpgsql volatile set search_path = '' as $$
begin
  update public.group_members set left_seq = p_seq
  where group_id = p_group_id and device_id = any (p_removed) and left_seq is null;
  delete from public.welcomes where group_id = p_group_id and device_id = any (p_removed);
  insert into public.group_members (group_id, user_id, device_id, joined_seq, acked_seq)
  select p_group_id, a.user_id, a.device_id, p_seq, p_seq
  from jsonb_to_recordset(p_added) a (user_id text, device_id uuid)
  on conflict (group_id, device_id) do update set
    -- a leaf replaced by this very commit keeps its device's role
    role = case when group_members.left_seq = p_seq then group_members.role else 'member' end,
    joined_seq = p_seq, acked_seq = p_seq, left_seq = null, confirmed_at = null, joined_at = now();
  insert into public.welcomes (group_id, device_id, request_id, welcome, mac, admitted_by, server_seq)
  select p_group_id, w.device_id, coalesce(p_request_id, p_group_id),
    decode(w.welcome, 'base64'), decode(coalesce(w.mac, ''), 'base64'), p_me.user_id, p_seq
  from jsonb_to_recordset(p_welcomes) w (device_id uuid, welcome text, mac text)
  on conflict (group_id, device_id) do update set (request_id, welcome, mac, admitted_by, server_seq, created_at)
    = (excluded.request_id, excluded.welcome, excluded.mac, excluded.admitted_by, excluded.server_seq, now());
  if jsonb_array_length(p_added) + cardinality(p_removed) > 0 then
    perform private.bell('members', jsonb_build_object('group_id', p_group_id, 'removed', to_jsonb(p_removed),
      'added', (select coalesce(jsonb_agg(a.device_id), '[]') from jsonb_to_recordset(p_added) a (device_id uuid))));
  end if;
  perform private.bell('welcome', jsonb_build_object(
    'device_id', a.device_id, 'request_id', coalesce(p_request_id, p_group_id), 'group_id', p_group_id))
  from jsonb_to_recordset(p_added) a (device_id uuid);
end $$;
