-- A commit in steps that ordinary commits and rejoins share; it may bring the sealed GroupInfo of the epoch it begins.

create function private.group_info_store(p_group_id uuid, p_epoch bigint, p_group_info bytea) returns void
language sql volatile set search_path = '' as $$
  insert into public.group_infos (group_id, epoch, group_info) values (p_group_id, p_epoch, p_group_info)
  on conflict (group_id) do update set (epoch, group_info, former_epoch, former, created_at) = (
    select excluded.epoch, excluded.group_info, f.epoch, f.group_info, now()
    from (values
      (group_infos.epoch, group_infos.group_info), (group_infos.former_epoch, group_infos.former), (null, null)
    ) f (epoch, group_info)
    where f.epoch < excluded.epoch or f.epoch is null
    order by f.epoch desc nulls last limit 1)
$$;

-- What is asked of any commit. Takes the group's row lock; the former reply if the commit is in the log already.
-- p_base_seq: how far the committer had read; a void behind it has given the epoch's number another meaning.
create function private.commit_begin(
  p_me public.devices, p_group_id uuid, p_message_id uuid, p_epoch bigint, p_base_seq bigint, p_mls_bytes bytea,
  p_group_info bytea
) returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_group public.groups;
  v_facts jsonb;
  v_reply jsonb;
begin
  perform private.require(p_message_id is not null, 'message_id must be a UUID');
  perform private.require(p_epoch >= 0, 'epoch must be a number from 0 on');
  perform private.require(octet_length(p_mls_bytes) > 0, 'mls_bytes must not be empty');
  if octet_length(p_mls_bytes) > 262144 then
    perform private.refuse(413, 'message_too_large', 'a message may have at most 262144 bytes');
  end if;
  perform private.require(octet_length(p_group_info) <= 524288, 'group_info may have at most 524288 bytes');
  select * into v_group from public.groups g where g.id = p_group_id for no key update;
  perform private.require_member(p_group_id, p_me.device_id);  -- under the lock: nobody is removed meanwhile
  v_reply := private.commit_repeated(p_group_id, p_me.device_id, p_message_id, p_mls_bytes);
  if v_reply is not null then
    return v_reply;
  end if;
  v_facts := jsonb_build_object('epoch', v_group.epoch);
  if p_epoch < v_group.epoch then
    perform private.refuse(409, 'stale_epoch', 'the group is past this epoch', v_facts);
  elsif p_epoch > v_group.epoch then
    perform private.refuse(409, 'future_epoch', 'the group has not reached this epoch', v_facts);
  elsif exists (
    select from public.messages m
    where m.group_id = p_group_id and m.msg_kind = 'void' and m.server_seq > p_base_seq
  ) then
    perform private.refuse(409, 'stale_epoch', 'a commit was withdrawn since this one was made', v_facts);
  end if;
  return null;
end $$;

-- The log entry with what it takes to undo it; raises the epoch. Its number.
create function private.commit_store(
  p_me public.devices, p_group_id uuid, p_message_id uuid, p_epoch bigint, p_mls_bytes bytea, p_group_info bytea,
  p_added jsonb, p_removed uuid[]
) returns bigint language plpgsql volatile set search_path = '' as $$
declare
  v_seq bigint;
  v_devices constant uuid[] := p_removed || array(
    select a.device_id from jsonb_to_recordset(p_added) a (device_id uuid) where a.device_id <> all (p_removed));
begin
  update public.groups set seq = seq + 1, epoch = epoch + 1 where id = p_group_id returning seq into v_seq;
  insert into public.messages
    (group_id, server_seq, msg_kind, epoch, user_id, device_id, message_id, mls_bytes, added, removed)
  values (p_group_id, v_seq, 'commit', p_epoch, p_me.user_id, p_me.device_id, p_message_id, p_mls_bytes,
    nullif((select jsonb_agg(jsonb_build_object('user_id', a.user_id, 'device_id', a.device_id))
      from jsonb_to_recordset(p_added) a (user_id text, device_id uuid)), '[]'),
    nullif(to_jsonb(p_removed), '[]'));
  insert into public.commit_undos (group_id, server_seq, devices, members, welcomes)
  values (p_group_id, v_seq, v_devices,
    (select coalesce(jsonb_agg(to_jsonb(m)), '[]') from public.group_members m
      where m.group_id = p_group_id and m.device_id = any (v_devices)),
    (select coalesce(jsonb_agg(to_jsonb(w)), '[]') from public.welcomes w
      where w.group_id = p_group_id and w.device_id = any (v_devices)));
  if octet_length(p_group_info) > 0 then
    perform private.group_info_store(p_group_id, p_epoch + 1, p_group_info);
  end if;
  return v_seq;
end $$;

drop function private.commit_append(public.devices, uuid, uuid, bigint, bytea, jsonb, uuid[], jsonb, uuid);
-- Compare-and-set under the group's row lock. p_request_id: the invite request that it completes, if any.
create function private.commit_append(
  p_me public.devices, p_group_id uuid, p_message_id uuid, p_epoch bigint, p_base_seq bigint, p_mls_bytes bytea,
  p_added jsonb, p_removed uuid[], p_welcomes jsonb, p_group_info bytea, p_keys jsonb, p_request_id uuid
) returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_seq bigint;
  v_reply constant jsonb := private.commit_begin(
    p_me, p_group_id, p_message_id, p_epoch, p_base_seq, p_mls_bytes, p_group_info);
begin
  if v_reply is not null then
    return v_reply;
  end if;
  perform private.commit_check(p_group_id, p_me.device_id, p_added, p_removed, p_welcomes);
  perform private.group_key_wraps_check(p_keys);
  v_seq := private.commit_store(
    p_me, p_group_id, p_message_id, p_epoch, p_mls_bytes, p_group_info, p_added, p_removed);
  perform private.commit_apply(p_me, p_group_id, v_seq, p_added, p_removed, p_welcomes, p_request_id);
  perform private.group_key_wraps_store(p_group_id, v_seq, p_keys);
  perform private.bell('messages', jsonb_build_object('group_id', p_group_id, 'head_seq', v_seq));
  return jsonb_build_object('server_seq', v_seq, 'epoch', p_epoch + 1);
end $$;

drop function public.send_commit(uuid, uuid, bigint, bytea, jsonb, uuid[], jsonb);
create function public.send_commit(
  p_group_id uuid, p_message_id uuid, p_epoch bigint, p_mls_bytes bytea,
  p_added jsonb default '[]', p_removed uuid[] default '{}', p_welcomes jsonb default '[]',
  p_group_info bytea default '', p_keys jsonb default '[]', p_base_seq bigint default null
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return private.commit_append(
    v_me, p_group_id, p_message_id, p_epoch, p_base_seq, p_mls_bytes, p_added, p_removed, p_welcomes, p_group_info,
    p_keys, null);
end $$;
grant execute on function public.send_commit(uuid, uuid, bigint, bytea, jsonb, uuid[], jsonb, bytea, jsonb, bigint)
to authenticated;
