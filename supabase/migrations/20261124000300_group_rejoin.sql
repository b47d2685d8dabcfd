-- An external commit by which a member's device takes the place of its own leaf, whose state it has lost. The log
-- declares the device as removed and added; its membership stays, so that it reads on from where it was.
create function public.group_rejoin(
  p_group_id uuid, p_message_id uuid, p_epoch bigint, p_mls_bytes bytea, p_group_info bytea default '',
  p_base_seq bigint default null
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_reply constant jsonb := private.commit_begin(
    v_me, p_group_id, p_message_id, p_epoch, p_base_seq, p_mls_bytes, p_group_info);
  v_seq bigint;
begin
  if v_reply is not null then
    return v_reply;
  end if;
  v_seq := private.commit_store(v_me, p_group_id, p_message_id, p_epoch, p_mls_bytes, p_group_info,
    jsonb_build_array(jsonb_build_object('user_id', v_me.user_id, 'device_id', v_me.device_id)),
    array[v_me.device_id]);
  update public.group_members set confirmed_at = coalesce(confirmed_at, now())
  where group_id = p_group_id and device_id = v_me.device_id;
  delete from public.welcomes w where w.group_id = p_group_id and w.device_id = v_me.device_id;
  perform private.bell('messages', jsonb_build_object('group_id', p_group_id, 'head_seq', v_seq));
  return jsonb_build_object('server_seq', v_seq, 'epoch', p_epoch + 1);
end $$;
grant execute on function public.group_rejoin(uuid, uuid, bigint, bytea, bytea, bigint) to authenticated;
