-- Serves a member all that came after it was added, an ex-member nothing after its removal. Acknowledges since_seq
-- unless p_peek: a device that can't follow a commit reads on and has gone on from nothing.
drop function public.get_messages(uuid, bigint, int);
create function public.get_messages(
  p_group_id uuid, p_since_seq bigint, p_limit int default 200, p_peek boolean default false
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_joined bigint;
  v_head bigint;
  v_epoch bigint;
begin
  perform private.require(p_since_seq >= 0, 'since_seq must be a number from 0 on');
  perform private.require(p_limit is not null, 'limit must be a number');
  perform private.require(p_peek is not null, 'peek must be true or false');
  perform private.touch(v_me.device_id);
  -- in one snapshot: nothing that is stored after a removal is served to whom it removed
  select m.joined_seq, coalesce(m.left_seq, g.seq), coalesce((
    select x.epoch + 1 from public.messages x where x.group_id = g.id and x.server_seq = m.left_seq), g.epoch)
  into v_joined, v_head, v_epoch
  from public.group_members m join public.groups g on g.id = m.group_id
  where m.group_id = p_group_id and m.device_id = v_me.device_id;
  if not found then
    perform private.refuse(403, 'not_a_member', 'this device is not a member of the group');
  end if;
  if not p_peek then
    update public.group_members set acked_seq = least(p_since_seq, v_head)
    where group_id = p_group_id and device_id = v_me.device_id and acked_seq < least(p_since_seq, v_head);
  end if;
  return jsonb_build_object(
    'messages', private.messages_page(p_group_id, greatest(p_since_seq, v_joined), v_head,
      least(greatest(p_limit, 1), 1000)),
    'first_seq', private.first_seq(p_group_id), 'head_seq', v_head, 'epoch', v_epoch);
end $$;
grant execute on function public.get_messages(uuid, bigint, int, boolean) to authenticated;
