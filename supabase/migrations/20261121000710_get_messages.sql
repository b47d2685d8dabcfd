-- What follows since_seq, as far as the device may see it; a page may be shorter than the limit: go on up to head_seq.
create function private.messages_page(p_group_id uuid, p_after bigint, p_until bigint, p_limit int) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'server_seq', m.server_seq, 'server_time', private.ms(m.created_at), 'msg_kind', m.msg_kind, 'epoch', m.epoch,
    'user_id', m.user_id, 'device_id', m.device_id, 'message_id', m.message_id,
    'mls_bytes', private.b64(m.mls_bytes), 'added', m.added, 'removed', m.removed)) order by m.server_seq), '[]')
  from (
    select page.*,
      sum(octet_length(page.mls_bytes)) over (order by page.server_seq) - octet_length(page.mls_bytes) as bytes_before
    from (
      select * from public.messages x
      where x.group_id = p_group_id and x.server_seq > p_after and x.server_seq <= p_until
      order by x.server_seq limit p_limit) page) m
  where m.bytes_before < 4194304
$$;

-- Serves a member all that came after it was added, an ex-member nothing after its removal. Acknowledges since_seq.
create function public.get_messages(p_group_id uuid, p_since_seq bigint, p_limit int default 200) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_member public.group_members;
  v_head bigint;
  v_epoch bigint;
begin
  perform private.require(p_since_seq >= 0, 'since_seq must be a number from 0 on');
  perform private.require(p_limit is not null, 'limit must be a number');
  select * into v_member from public.group_members m where m.group_id = p_group_id and m.device_id = v_me.device_id;
  if not found then
    perform private.refuse(403, 'not_a_member', 'this device is not a member of the group');
  end if;
  perform private.touch(v_me.device_id);
  select least(g.seq, coalesce(v_member.left_seq, g.seq)), coalesce((
    select m.epoch + 1 from public.messages m
    where m.group_id = p_group_id and m.server_seq = v_member.left_seq), g.epoch)
  into v_head, v_epoch from public.groups g where g.id = p_group_id;
  update public.group_members set acked_seq = least(p_since_seq, v_head)
  where group_id = p_group_id and device_id = v_me.device_id and acked_seq < least(p_since_seq, v_head);
  return jsonb_build_object(
    'messages', private.messages_page(p_group_id, greatest(p_since_seq, v_member.joined_seq), v_head,
      least(greatest(p_limit, 1), 1000)),
    'first_seq', private.first_seq(p_group_id), 'head_seq', v_head, 'epoch', v_epoch);
end $$;
grant execute on function public.get_messages(uuid, bigint, int) to authenticated;
