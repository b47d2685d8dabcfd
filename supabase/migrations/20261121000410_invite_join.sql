create function private.invite_require_active(p_invite public.invites) returns void
language plpgsql stable set search_path = '' as $$
begin
  case private.invite_status(p_invite)
    when 'revoked' then perform private.refuse(410, 'invite_revoked', 'this invite was revoked');
    when 'expired' then perform private.refuse(410, 'invite_expired', 'this invite has expired');
    when 'used' then perform private.refuse(410, 'invite_used', 'this invite has no uses left');
    else null;
  end case;
end $$;

-- Binds one key package of the calling device to the invite and takes one of its uses.
create function public.invite_join(
  p_invite_id uuid, p_access_key bytea, p_key_package bytea, p_mac bytea, p_sealed_profile bytea
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_invite public.invites;
  v_request public.invite_requests;
begin
  perform private.require(octet_length(p_access_key) between 1 and 64, 'access_key must have 1 to 64 bytes');
  perform private.require(octet_length(p_key_package) between 1 and 16384, 'key_package must have 1 to 16384 bytes');
  perform private.require(octet_length(p_mac) between 1 and 64, 'mac must have 1 to 64 bytes');
  perform private.require(
    octet_length(p_sealed_profile) between 1 and 4096, 'sealed_profile must have 1 to 4096 bytes');
  -- uses are counted under this lock
  select * into v_invite from public.invites i where i.invite_id = p_invite_id for no key update;
  if not found then
    perform private.refuse(404, 'invite_unknown', 'there is no such invite');
  end if;
  if sha256(p_access_key) <> v_invite.access_hash then
    perform private.refuse(403, 'invite_access_denied', 'the access key is not that of this invite');
  end if;
  select * into v_request from public.invite_requests r
  where r.invite_id = p_invite_id and r.device_id = v_me.device_id;
  if found then
    if v_request.key_package <> p_key_package then
      perform private.refuse(409, 'key_package_conflict', 'this device has joined with another key package');
    end if;
    return jsonb_build_object('request_id', v_request.request_id, 'state', private.request_state(v_request, v_invite));
  end if;
  if exists (select from public.group_members m
    where m.group_id = v_invite.group_id and m.device_id = v_me.device_id and m.left_seq is null) then
    perform private.refuse(409, 'already_member', 'this device is a member of the group');
  end if;
  perform private.invite_require_active(v_invite);
  update public.invites set uses = uses + 1 where invite_id = p_invite_id;
  insert into public.invite_requests (invite_id, user_id, device_id, key_package, mac, sealed_profile)
  values (p_invite_id, v_me.user_id, v_me.device_id, p_key_package, p_mac, p_sealed_profile) returning * into v_request;
  perform private.bell('invite', jsonb_build_object('group_id', v_invite.group_id));
  return jsonb_build_object('request_id', v_request.request_id, 'state', v_request.state);
end $$;
grant execute on function public.invite_join(uuid, bytea, bytea, bytea, bytea) to authenticated;

-- How the joiner's request stands. Without a request: the Welcome that waits for this device under the group's id.
create function public.invite_poll(p_request_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_request jsonb;
  v_welcome jsonb;
begin
  perform private.touch(v_me.device_id);
  select jsonb_build_object('state', private.request_state(r, i), 'reason', r.reason)
    || case when r.state = 'complete' then
      jsonb_build_object('group_id', i.group_id, 'joined_seq', r.server_seq, 'admitted_by', r.admitted_by)
    else '{}' end
  into v_request
  from public.invite_requests r join public.invites i using (invite_id)
  where r.request_id = p_request_id and r.device_id = v_me.device_id;
  select jsonb_build_object('state', 'complete', 'group_id', w.group_id, 'joined_seq', w.server_seq,
    'admitted_by', w.admitted_by, 'welcome', private.b64(w.welcome), 'mac', private.b64(w.mac))
  into v_welcome
  from public.welcomes w where w.request_id = p_request_id and w.device_id = v_me.device_id;
  if v_request is null and v_welcome is null then
    perform private.refuse(404, 'request_unknown', 'this device has made no such request');
  end if;
  return jsonb_build_object('request_id', p_request_id, 'reason', null, 'group_id', null, 'joined_seq', null,
    'welcome', null, 'mac', null, 'admitted_by', null) || coalesce(v_request, '{}') || coalesce(v_welcome, '{}');
end $$;
grant execute on function public.invite_poll(uuid) to authenticated;
