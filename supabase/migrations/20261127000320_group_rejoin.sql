-- As before, and by another device of a member's account, which is a member from then on.

-- With the highest role that its account has in the group, reading from its own commit on: that is where it takes its
-- new state. Where it was a member before, its row lives again.
create function private.account_join(p_me public.devices, p_group_id uuid, p_seq bigint) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_role constant text := (
    select m.role from public.group_members m
    where m.group_id = p_group_id and m.user_id = p_me.user_id and m.left_seq is null
    order by array_position(array['owner', 'admin', 'member'], m.role) limit 1);
begin
  insert into public.group_members (group_id, user_id, device_id, role, joined_seq, acked_seq, confirmed_at)
  values (p_group_id, p_me.user_id, p_me.device_id, v_role, p_seq - 1, p_seq - 1, now())
  on conflict (group_id, device_id) do update
  set (role, joined_seq, acked_seq, left_seq, confirmed_at, joined_at) = (v_role, p_seq - 1, p_seq - 1, null, now(), now());
  perform private.bell('members', jsonb_build_object(
    'group_id', p_group_id, 'removed', '[]'::jsonb, 'added', jsonb_build_array(p_me.device_id)));
end $$;

-- An external commit. By a member's device it takes the place of its own leaf, whose state it has lost: the log
-- declares the device as removed and added, and its membership stays, so that it reads on from where it was. By another
-- device of a member's account: the log declares it as added.
create or replace function public.group_rejoin(
  p_group_id uuid, p_message_id uuid, p_epoch bigint, p_mls_bytes bytea, p_group_info bytea default '',
  p_base_seq bigint default null
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_reply constant jsonb := private.commit_begin(
    v_me, p_group_id, p_message_id, p_epoch, p_base_seq, p_mls_bytes, p_group_info, true);
  v_is_member constant boolean := exists (select from public.group_members m
    where m.group_id = p_group_id and m.device_id = v_me.device_id and m.left_seq is null);
  v_seq bigint;
begin
  if v_reply is not null then
    return v_reply;
  end if;
  v_seq := private.commit_store(v_me, p_group_id, p_message_id, p_epoch, p_mls_bytes, p_group_info,
    jsonb_build_array(jsonb_build_object('user_id', v_me.user_id, 'device_id', v_me.device_id)),
    case when v_is_member then array[v_me.device_id] else '{}' end);
  if v_is_member then
    update public.group_members set confirmed_at = coalesce(confirmed_at, now())
    where group_id = p_group_id and device_id = v_me.device_id;
  else
    perform private.account_join(v_me, p_group_id, v_seq);
  end if;
  delete from public.welcomes w where w.group_id = p_group_id and w.device_id = v_me.device_id;
  perform private.bell('messages', jsonb_build_object('group_id', p_group_id, 'head_seq', v_seq));
  return jsonb_build_object('server_seq', v_seq, 'epoch', p_epoch + 1);
end $$;
