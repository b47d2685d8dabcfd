-- Numbers and stores what arrived together, one verdict a row: a refusal of one row refuses no other.
-- All groups are locked first, in the order of their ids: two batches can then never wait for each other, and the
-- second statement's snapshot, taken under the locks, sees every message and every change of members before it.
-- `ord` is the row's place in the arrays, from 1. Rows that repeat an id or a client_seq of an earlier row of the same
-- batch (a repeated send, a copied device) are judged after the others, one by one, by the same rules.
create function private.messages_append(
  p_user_ids text[], p_device_ids uuid[], p_group_ids uuid[], p_message_ids uuid[], p_client_seqs bigint[],
  p_msg_kinds text[], p_epochs bigint[], p_mls_bytes bytea[], p_bell boolean
) returns table (
  ord int, server_seq bigint, server_time bigint, repeated boolean, error_code text, error_epoch bigint
)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_twins int[];
  v_twin int;
begin
  perform 1 from public.groups g where g.id = any (p_group_ids) order by g.id for no key update;
  v_now := clock_timestamp();

  select coalesce(array_agg(t.ord order by t.ord), '{}') into v_twins
  from (
    select a.ord::int,
      row_number() over (partition by a.group_id, a.device_id, a.message_id order by a.ord) as nth_id,
      row_number() over (partition by a.group_id, a.device_id, a.client_seq order by a.ord) as nth_client_seq
    from unnest(p_group_ids, p_device_ids, p_message_ids, p_client_seqs)
      with ordinality as a (group_id, device_id, message_id, client_seq, ord)
  ) t
  where t.nth_id > 1 or t.nth_client_seq > 1;

  return query
  with asked as (
    select a.* from unnest(
      p_user_ids, p_device_ids, p_group_ids, p_message_ids, p_client_seqs, p_msg_kinds, p_epochs, p_mls_bytes
    ) with ordinality as a (user_id, device_id, group_id, message_id, client_seq, msg_kind, epoch, mls_bytes, ord)
    where a.ord <> all (v_twins)
  ),
  judged as (
    select a.*, g.epoch as group_epoch, s.server_seq as stored_seq, s.created_at as stored_at,
      case
        when num_nulls(a.user_id, a.device_id, a.group_id, a.message_id, a.client_seq, a.msg_kind, a.epoch, a.mls_bytes)
          > 0 or a.client_seq < 0 or a.msg_kind not in ('chat', 'commit', 'proposal') or a.mls_bytes = ''
          then 'bad_request'
        when d.device_id is null then 'device_revoked'
        when m.device_id is null then 'not_a_member'
        when s.mls_bytes <> a.mls_bytes then 'message_id_conflict'
        when s.server_seq is not null then null
        when exists (
          select from public.messages u
          where u.group_id = a.group_id and u.device_id = a.device_id and u.client_seq = a.client_seq
        ) then 'device_cloned'
        when a.msg_kind = 'commit' then 'not_a_commit'
        when a.epoch < g.epoch then 'stale_epoch'
        when a.epoch > g.epoch then 'future_epoch'
        when octet_length(a.mls_bytes) > 262144 then 'message_too_large'
      end as refusal
    from asked a
    left join public.devices d on d.device_id = a.device_id and d.user_id = a.user_id and d.revoked_at is null
    left join public.group_members m
      on m.group_id = a.group_id and m.device_id = a.device_id and m.user_id = a.user_id and m.left_seq is null
    left join public.groups g on g.id = m.group_id
    left join public.messages s
      on s.group_id = a.group_id and s.device_id = a.device_id and s.message_id = a.message_id
  ),
  placed as (
    select j.*, row_number() over (partition by j.group_id order by j.ord) as nth
    from judged j where j.refusal is null and j.stored_seq is null
  ),
  raised as (
    update public.groups g set seq = g.seq + c.added
    from (select p.group_id, count(*) as added from placed p group by p.group_id) c
    where g.id = c.group_id
    returning g.id, g.seq - c.added as base,
      case when p_bell then
        private.bell('messages', jsonb_build_object('group_id', g.id, 'head_seq', g.seq))::text
      end as rung
  ),
  stored as (
    insert into public.messages
      (group_id, server_seq, msg_kind, epoch, user_id, device_id, client_seq, message_id, mls_bytes, created_at)
    select p.group_id, r.base + p.nth, p.msg_kind, p.epoch, p.user_id, p.device_id, p.client_seq, p.message_id,
      p.mls_bytes, v_now
    from placed p join raised r on r.id = p.group_id
  )
  select j.ord::int,
    case when j.refusal is null then coalesce(j.stored_seq, r.base + p.nth) end,
    case when j.refusal is null then private.ms(coalesce(j.stored_at, v_now)) end,
    j.refusal is null and j.stored_seq is not null,
    j.refusal,
    case when j.refusal in ('stale_epoch', 'future_epoch') then j.group_epoch end
  from judged j left join placed p on p.ord = j.ord left join raised r on r.id = p.group_id
  order by j.ord;

  foreach v_twin in array v_twins loop
    return query
    select v_twin, t.server_seq, t.server_time, t.repeated, t.error_code, t.error_epoch
    from private.messages_append(
      p_user_ids[v_twin:v_twin], p_device_ids[v_twin:v_twin], p_group_ids[v_twin:v_twin],
      p_message_ids[v_twin:v_twin], p_client_seqs[v_twin:v_twin], p_msg_kinds[v_twin:v_twin],
      p_epochs[v_twin:v_twin], p_mls_bytes[v_twin:v_twin], p_bell
    ) t;
  end loop;
end $$;

grant execute on function private.messages_append(
  text[], uuid[], uuid[], uuid[], bigint[], text[], bigint[], bytea[], boolean
) to mls_chat_delivery;
