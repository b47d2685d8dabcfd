-- As before, with the groups of the account that this device is not in, and what it takes to come in.

create or replace function public.user_groups() returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.touch(v_me.device_id);
  return jsonb_build_object('groups', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'group_id', g.id, 'role', m.role, 'epoch', g.epoch, 'head_seq', g.seq, 'first_seq', private.first_seq(g.id),
      'joined_seq', m.joined_seq, 'acked_seq', m.acked_seq) order by g.created_at, g.id), '[]')
    from public.group_members m join public.groups g on g.id = m.group_id
    where m.device_id = v_me.device_id and m.left_seq is null),
  'account_groups', (
    select coalesce(jsonb_agg(jsonb_build_object('group_id', g.id, 'epoch', g.epoch, 'head_seq', g.seq)
      order by g.created_at, g.id), '[]')
    from public.groups g
    where g.id in (
      select m.group_id from public.group_members m where m.user_id = v_me.user_id and m.left_seq is null
      except
      select m.group_id from public.group_members m where m.device_id = v_me.device_id and m.left_seq is null)));
end $$;

-- Without one of the current epoch the connected members are asked for it. p_refused: the one stored is of no use.
create or replace function public.group_info_get(p_group_id uuid, p_refused boolean default false) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_group public.groups;
  v_group_info bytea;
begin
  perform private.require(p_refused is not null, 'refused must be true or false');
  select * into v_group from public.groups g where g.id = p_group_id for no key update;
  perform private.require_account_member(p_group_id, v_me);
  if p_refused then
    delete from public.group_infos i where i.group_id = p_group_id and i.epoch = v_group.epoch;
  end if;
  select i.group_info into v_group_info
  from public.group_infos i where i.group_id = p_group_id and i.epoch = v_group.epoch;
  if v_group_info is null then
    perform private.bell('group_info', jsonb_build_object('group_id', p_group_id));
  end if;
  return jsonb_build_object('group_id', p_group_id, 'epoch', v_group.epoch, 'head_seq', v_group.seq,
    'group_info', private.b64(v_group_info), 'sealed_key', (
      select private.b64(k.sealed_key) from public.group_keys k
      where k.group_id = p_group_id and k.user_id = v_me.user_id),
    'wraps', (
      select coalesce(jsonb_agg(private.b64(w.sealed_key) order by w.server_seq, w.device_id nulls first), '[]')
      from public.group_key_wraps w
      where w.group_id = p_group_id and w.user_id = v_me.user_id
        and (w.device_id is null or w.device_id = v_me.device_id)));
end $$;
