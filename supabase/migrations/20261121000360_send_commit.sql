-- A commit that is in the log already: its reply again, or a refusal if the same id meant something else.
create function private.commit_repeated(p_group_id uuid, p_device_id uuid, p_message_id uuid, p_mls_bytes bytea)
returns jsonb language plpgsql stable set search_path = '' as $$
declare
  v_before public.messages;
begin
  select * into v_before from public.messages m
  where m.group_id = p_group_id and m.device_id = p_device_id and m.message_id = p_message_id;
  if not found then
    return null;
  end if;
  if v_before.msg_kind <> 'commit' or v_before.mls_bytes <> p_mls_bytes then
    perform private.refuse(409, 'message_id_conflict', 'this message id was used before with other bytes');
  end if;
  return jsonb_build_object('server_seq', v_before.server_seq, 'epoch', v_before.epoch + 1);
end $$;

-- Compare-and-set under the group's row lock. p_request_id: the invite request that it completes, if any.
create function private.commit_append(
  p_me public.devices, p_group_id uuid, p_message_id uuid, p_epoch bigint, p_mls_bytes bytea,
  p_added jsonb, p_removed uuid[], p_welcomes jsonb, p_request_id uuid
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
  end if;
  perform private.commit_check(p_group_id, p_me.device_id, p_added, p_removed, p_welcomes);
  update public.groups set seq = seq + 1, epoch = epoch + 1 where id = p_group_id returning * into v_group;
  insert into public.messages
    (group_id, server_seq, msg_kind, epoch, user_id, device_id, message_id, mls_bytes, added, removed)
  values (p_group_id, v_group.seq, 'commit', p_epoch, p_me.user_id, p_me.device_id, p_message_id, p_mls_bytes,
    nullif((select jsonb_agg(jsonb_build_object('user_id', a.user_id, 'device_id', a.device_id))
      from jsonb_to_recordset(p_added) a (user_id text, device_id uuid)), '[]'),
    nullif(to_jsonb(p_removed), '[]'));
  perform private.commit_apply(p_me, p_group_id, v_group.seq, p_added, p_removed, p_welcomes, p_request_id);
  perform private.bell('messages', jsonb_build_object('group_id', p_group_id, 'head_seq', v_group.seq));
  return jsonb_build_object('server_seq', v_group.seq, 'epoch', v_group.epoch);
end $$;

create function public.send_commit(
  p_group_id uuid, p_message_id uuid, p_epoch bigint, p_mls_bytes bytea,
  p_added jsonb default '[]', p_removed uuid[] default '{}', p_welcomes jsonb default '[]'
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return private.commit_append(
    v_me, p_group_id, p_message_id, p_epoch, p_mls_bytes, p_added, p_removed, p_welcomes, null);
end $$;
grant execute on function public.send_commit(uuid, uuid, bigint, bytea, jsonb, uuid[], jsonb) to authenticated;
