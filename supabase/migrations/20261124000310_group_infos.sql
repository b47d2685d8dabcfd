-- What a member's device that has lost its state comes back by: a sealed GroupInfo and the key to it, sealed as well.

-- Without one of the current epoch the connected members are asked for it. p_refused: the one stored is of no use.
create function public.group_info_get(p_group_id uuid, p_refused boolean default false) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_group public.groups;
  v_group_info bytea;
begin
  perform private.require(p_refused is not null, 'refused must be true or false');
  select * into v_group from public.groups g where g.id = p_group_id for no key update;
  perform private.require_member(p_group_id, v_me.device_id);
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
    'wraps', (select coalesce(jsonb_agg(private.b64(w.sealed_key) order by w.server_seq), '[]')
      from public.group_key_wraps w where w.group_id = p_group_id and w.user_id = v_me.user_id));
end $$;
grant execute on function public.group_info_get(uuid, boolean) to authenticated;

-- One of another epoch than the group's is ignored: the group has moved on meanwhile, and whoever needs one asks again.
create function public.group_info_put(p_group_id uuid, p_epoch bigint, p_group_info bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_group public.groups;
begin
  perform private.require(p_epoch >= 0, 'epoch must be a number from 0 on');
  perform private.require(octet_length(p_group_info) between 1 and 524288, 'group_info must have 1 to 524288 bytes');
  select * into v_group from public.groups g where g.id = p_group_id for no key update;
  perform private.require_member(p_group_id, v_me.device_id);
  if p_epoch = v_group.epoch then
    perform private.group_info_store(p_group_id, p_epoch, p_group_info);
  end if;
  return '{}';
end $$;
grant execute on function public.group_info_put(uuid, bigint, bytea) to authenticated;

create function public.group_key_put(p_group_id uuid, p_sealed_key bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.require(octet_length(p_sealed_key) between 1 and 256, 'sealed_key must have 1 to 256 bytes');
  perform from public.groups g where g.id = p_group_id for no key update;
  perform private.require_member(p_group_id, v_me.device_id);
  insert into public.group_keys (group_id, user_id, sealed_key) values (p_group_id, v_me.user_id, p_sealed_key)
  on conflict (group_id, user_id) do update set (sealed_key, updated_at) = (excluded.sealed_key, now());
  return '{}';
end $$;
grant execute on function public.group_key_put(uuid, bytea) to authenticated;
