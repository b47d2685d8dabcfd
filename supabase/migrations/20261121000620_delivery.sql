-- What the delivery service may call besides messages_append. It has verified who its devices are; here each is
-- looked at again. No row of any table is readable to it in another way.

-- Where a device stands in the groups that it subscribes to; it is marked as seen. A group that is unknown, or that it
-- never was in, is no row.
create function private.subscribe_check(p_user_id text, p_device_id uuid, p_group_ids uuid[])
returns table (group_id uuid, head_seq bigint, joined_seq bigint, left_seq bigint)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  v_revoked_at timestamptz;
begin
  update public.devices d set last_seen = clock_timestamp()
  where d.device_id = p_device_id and d.user_id = p_user_id and d.revoked_at is null
    and d.last_seen < clock_timestamp() - interval '10 seconds';
  select d.revoked_at into v_revoked_at from public.devices d
  where d.device_id = p_device_id and d.user_id = p_user_id;
  if not found then
    perform private.refuse(401, 'device_unknown', 'This device is not registered for this account.');
  elsif v_revoked_at is not null then
    perform private.refuse(401, 'device_revoked', 'This device was revoked by its account.');
  end if;
  return query
  select g.id, g.seq, m.joined_seq, m.left_seq
  from public.group_members m join public.groups g on g.id = m.group_id
  where m.group_id = any (p_group_ids) and m.device_id = p_device_id and m.user_id = p_user_id;
end $$;

-- One page of a group's log for several devices with the same cursor, in one snapshot: first a row for each of them
-- that may read (reader, joined_seq, left_seq, head_seq), then the messages that at least one of them may read.
-- The caller clips to each reader's own (joined_seq, left_seq]. A page holds at least one message if there is any.
create function private.log_read(
  p_group_id uuid, p_user_ids text[], p_device_ids uuid[], p_since_seq bigint, p_limit int, p_max_bytes int
) returns table (
  reader uuid, joined_seq bigint, left_seq bigint, head_seq bigint,
  server_seq bigint, server_time bigint, msg_kind text, epoch bigint, user_id text, device_id uuid, message_id uuid,
  mls_bytes bytea, added text, removed text
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
    null::bytea, null::text, null::text
  from readers r
  union all
  select null, null, null, null,
    x.server_seq, private.ms(x.created_at), x.msg_kind, x.epoch, x.user_id, x.device_id, x.message_id,
    x.mls_bytes, x.added::text, x.removed::text
  from page x where x.bytes_before < p_max_bytes
  order by 5 nulls first
$$;

-- After the bells were out of hearing: the newest number of each group.
create function private.log_heads(p_group_ids uuid[]) returns table (group_id uuid, head_seq bigint)
language sql stable security definer set search_path = '' as $$
  select g.id, g.seq from public.groups g where g.id = any (p_group_ids)
$$;

-- Marks connected devices as seen and returns those that still are what their tokens say: registered and not revoked.
create function private.devices_seen(p_device_ids uuid[]) returns setof uuid
language sql volatile security definer set search_path = '' as $$
  with live as (
    select d.device_id from public.devices d
    where d.device_id = any (p_device_ids) and d.revoked_at is null
    order by d.device_id for no key update
  )
  update public.devices d set last_seen = clock_timestamp() from live l where d.device_id = l.device_id
  returning d.device_id
$$;

-- Raises what devices have processed durably; never lowers it, never beyond the group's newest message.
create function private.ack(p_user_ids text[], p_device_ids uuid[], p_group_ids uuid[], p_seqs bigint[])
returns void
language sql volatile security definer set search_path = '' as $$
  with due as (
    select m.group_id, m.device_id, least(a.seq, g.seq) as seq
    from unnest(p_user_ids, p_device_ids, p_group_ids, p_seqs) as a (user_id, device_id, group_id, seq)
    join public.group_members m
      on m.group_id = a.group_id and m.device_id = a.device_id and m.user_id = a.user_id and m.left_seq is null
    join public.groups g on g.id = m.group_id
    where m.acked_seq < least(a.seq, g.seq)
    order by m.group_id, m.device_id for no key update of m
  )
  update public.group_members m set acked_seq = greatest(m.acked_seq, d.seq)
  from due d where m.group_id = d.group_id and m.device_id = d.device_id
$$;

grant execute on function
  private.subscribe_check(text, uuid, uuid[]),
  private.log_read(uuid, text[], uuid[], bigint, int, int),
  private.log_heads(uuid[]),
  private.devices_seen(uuid[]),
  private.ack(text[], uuid[], uuid[], bigint[])
to mls_chat_delivery;
