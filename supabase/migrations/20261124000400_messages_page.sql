-- As before, with what a void withdraws.

-- What follows since_seq, as far as the device may see it; a page may be shorter than the limit: go on up to head_seq.
create or replace function private.messages_page(p_group_id uuid, p_after bigint, p_until bigint, p_limit int)
returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'server_seq', m.server_seq, 'server_time', private.ms(m.created_at), 'msg_kind', m.msg_kind, 'epoch', m.epoch,
    'user_id', m.user_id, 'device_id', m.device_id, 'message_id', m.message_id,
    'mls_bytes', private.b64(m.mls_bytes), 'added', m.added, 'removed', m.removed, 'voids', m.voids))
    order by m.server_seq), '[]')
  from (
    select page.*,
      sum(octet_length(page.mls_bytes)) over (order by page.server_seq) - octet_length(page.mls_bytes) as bytes_before
    from (
      select * from public.messages x
      where x.group_id = p_group_id and x.server_seq > p_after and x.server_seq <= p_until
      order by x.server_seq limit p_limit) page) m
  where m.bytes_before < 4194304
$$;
