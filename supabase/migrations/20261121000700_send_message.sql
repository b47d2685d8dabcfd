-- One message through private.messages_append, where the rules for batches and single messages are the same.
create function public.send_message(
  p_group_id uuid, p_message_id uuid, p_client_seq bigint, p_msg_kind text, p_epoch bigint, p_mls_bytes bytea
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_stored record;
begin
  perform private.require(p_group_id is not null and p_message_id is not null, 'group_id and message_id must be UUIDs');
  perform private.require(p_client_seq >= 0 and p_epoch >= 0, 'client_seq and epoch must be numbers from 0 on');
  perform private.require(p_msg_kind in ('chat', 'commit', 'proposal'), 'msg_kind must be chat, commit or proposal');
  perform private.require(octet_length(p_mls_bytes) > 0, 'mls_bytes must not be empty');
  select * into strict v_stored from private.messages_append(
    array[v_me.user_id], array[v_me.device_id], array[p_group_id], array[p_message_id], array[p_client_seq],
    array[p_msg_kind], array[p_epoch], array[p_mls_bytes], true);
  if v_stored.error_code is not null then
    perform private.send_refuse(v_stored.error_code, v_stored.error_epoch);
  end if;
  return jsonb_build_object('server_seq', v_stored.server_seq, 'server_time', v_stored.server_time);
end $$;
grant execute on function public.send_message(uuid, uuid, bigint, text, bigint, bytea) to authenticated;

create function private.send_refuse(p_code text, p_epoch bigint) returns void
language plpgsql immutable set search_path = '' as $$
declare
  v_facts constant jsonb := jsonb_build_object('epoch', p_epoch);
begin
  case p_code
    when 'device_revoked' then perform private.refuse(401, 'device_revoked', 'this device was revoked by its account');
    when 'not_a_member' then perform private.refuse(403, 'not_a_member', 'this device is not a member of the group');
    when 'message_id_conflict' then
      perform private.refuse(409, 'message_id_conflict', 'this message id was used before with other bytes');
    when 'device_cloned' then
      perform private.refuse(409, 'device_cloned', 'this client_seq was used before: a copy of this device is at work');
    when 'not_a_commit' then perform private.refuse(400, 'not_a_commit', 'commits go through send_commit');
    when 'stale_epoch' then perform private.refuse(409, 'stale_epoch', 'the group is past this epoch', v_facts);
    when 'future_epoch' then
      perform private.refuse(409, 'future_epoch', 'the group has not reached this epoch', v_facts);
    when 'message_too_large' then
      perform private.refuse(413, 'message_too_large', 'a message may have at most 262144 bytes');
    else raise exception 'messages_append answered with an unlisted code: %', p_code;
  end case;
end $$;
