-- The creator's device is the only member until a commit adds others; the same call again by it is fine.
create function public.group_create(p_group_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_group public.groups;
begin
  perform private.require(p_group_id is not null, 'group_id must be a UUID');
  insert into public.groups (id, created_by) values (p_group_id, v_me.device_id) on conflict do nothing;
  if found then
    insert into public.group_members (group_id, user_id, device_id, role, joined_seq, confirmed_at)
    values (p_group_id, v_me.user_id, v_me.device_id, 'owner', 0, now());
  end if;
  select * into v_group from public.groups g where g.id = p_group_id;
  if v_group.created_by <> v_me.device_id then
    perform private.refuse(409, 'group_exists', 'this group id is taken');
  end if;
  perform private.require_member(p_group_id, v_me.device_id);
  return jsonb_build_object('group_id', v_group.id, 'epoch', v_group.epoch, 'head_seq', v_group.seq);
end $$;
grant execute on function public.group_create(uuid) to authenticated;

-- The device has used its Welcome and stored the group: the Welcome may go. The same call again is fine.
create function public.group_join(p_group_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_member public.group_members := private.require_member(p_group_id, v_me.device_id);
begin
  delete from public.welcomes w
  where w.group_id = p_group_id and w.device_id = v_me.device_id and w.server_seq = v_member.joined_seq;
  update public.group_members set confirmed_at = coalesce(confirmed_at, now())
  where group_id = p_group_id and device_id = v_me.device_id and joined_seq = v_member.joined_seq;
  return jsonb_build_object(
    'group_id', p_group_id,
    'joined_seq', v_member.joined_seq,
    'epoch', (select g.epoch from public.groups g where g.id = p_group_id));
end $$;
grant execute on function public.group_join(uuid) to authenticated;

-- The groups of the calling device. For one that it does not know yet a Welcome waits at invite_poll, under the group's
-- id if no invite led there.
create function public.user_groups() returns jsonb
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
    where m.device_id = v_me.device_id and m.left_seq is null));
end $$;
grant execute on function public.user_groups() to authenticated;

-- Every device in the group with its presence, and who waits to be admitted.
create function public.group_members_list(p_group_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.require_member(p_group_id, v_me.device_id);
  return jsonb_build_object(
    'members', (
      select jsonb_agg(jsonb_build_object(
        'user_id', m.user_id, 'device_id', m.device_id, 'role', m.role,
        'online', d.last_seen > now() - interval '2 minutes', 'last_seen', private.ms(d.last_seen))
        order by m.joined_seq, m.device_id)
      from public.group_members m join public.devices d using (device_id)
      where m.group_id = p_group_id and m.left_seq is null),
    'pending', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'request_id', r.request_id, 'user_id', r.user_id, 'state', r.state, 'created_at', private.ms(r.created_at))
        order by r.created_at, r.request_id), '[]')
      from public.invite_requests r join public.invites i using (invite_id)
      where i.group_id = p_group_id and private.request_state(r, i) = 'kp_submitted'));
end $$;
grant execute on function public.group_members_list(uuid) to authenticated;
