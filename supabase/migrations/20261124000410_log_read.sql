-- As before, with what a void withdraws in the last column.

-- One page of a group's log for several devices with the same cursor, in one snapshot: first a row for each of them
-- that may read (reader, joined_seq, left_seq, head_seq), then the messages that at least one of them may read.
-- The caller clips to each reader's own (joined_seq, left_seq]. A page holds at least one message if there is any.
drop function private.log_read(uuid, text[], uuid[], bigint, int, int);
create function private.log_read(
  p_group_id uuid, p_user_ids text[], p_device_ids uuid[], p_since_seq bigint, p_limit int, p_max_bytes int
) returns table (
  reader uuid, joined_seq bigint, left_seq bigint, head_seq bigint,
  server_seq bigint, server_time bigint, msg_kind text, epoch bigint, user_id text, device_id uuid, message_id uuid,
  mls_bytes bytea, added text, removed text, voids bigint
)
language sql stable security definer set search_path = '' as $$
  with readers as (
    select m.device_id, m.joined_seq, m.left_seq, g.seq
    from unnest(p_user_ids, p_device_ids) as a (user_id, device_id)
    join public.devices d on d.device_id = a.device_id and d.user_id = a.user_id and d.revoked_at is null
    join public.group_members m on m.group_id = p_group_id and m.device_id = a.device_id and m.user_id = a.user_id
    join public.groups g on g.id = m.group_id
  ),
  page as (
    select x.*, sum(octet_length(x.mls_bytes)) over (order by x.server_seq) - octet_length(x.mls_bytes) as bytes_before
    from (
      select x.* from public.messages x
      where x.group_id = p_group_id
        and x.server_seq > greatest(p_since_seq, (select min(r.joined_seq) from readers r))
        and x.server_seq <= (select max(coalesce(r.left_seq, r.seq)) from readers r)
      order by x.server_seq limit least(p_limit, 1000)
    ) x
  )
  select r.device_id, r.joined_seq, r.left_seq, r.seq,
    null::bigint, null::bigint, null::text, null::bigint, null::text, null::uuid, null::uuid,
    null::bytea, null::text, null::text, null::bigint
  from readers r
  union all
  select null, null, null, null,
    x.server_seq, private.ms(x.created_at), x.msg_kind, x.epoch, x.user_id, x.device_id, x.message_id,
    x.mls_bytes, x.added::text, x.removed::text, x.voids
  from page x where x.bytes_before < p_max_bytes
  order by 5 nulls first
$$;
grant execute on function private.log_read(uuid, text[], uuid[], bigint, int, int) to mls_chat_delivery;
