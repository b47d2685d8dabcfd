-- The members' side: who waits, and which device takes care of it.

create function private.claim_is_fresh(p_request public.invite_requests) returns boolean
language sql stable set search_path = ''
return p_request.claimed_by is not null and p_request.claimed_at > now() - interval '2 minutes';

-- Open requests to all groups of the calling device that no other device is busy with.
create function public.invite_pending() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return jsonb_build_object('requests', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'request_id', r.request_id, 'invite_id', r.invite_id, 'group_id', r.group_id, 'user_id', r.user_id,
      'device_id', r.device_id, 'key_package', private.b64(r.key_package), 'mac', private.b64(r.mac),
      'sealed_profile', private.b64(r.sealed_profile), 'created_at', private.ms(r.created_at))
      order by r.created_at, r.request_id), '[]')
    from (
      select r.*, i.group_id
      from public.group_members m
      join public.invites i on i.group_id = m.group_id
      join public.invite_requests r on r.invite_id = i.invite_id
      where m.device_id = v_me.device_id and m.left_seq is null
        and r.state = 'kp_submitted' and private.request_state(r, i) = 'kp_submitted'
        and (r.claimed_by = v_me.device_id or not private.claim_is_fresh(r))
      order by r.created_at, r.request_id limit 100) r));
end $$;
grant execute on function public.invite_pending() to authenticated;

-- The request, locked, if the caller is a member of its group.
create function private.request_lock(p_request_id uuid, p_device_id uuid) returns public.invite_requests
language plpgsql volatile set search_path = '' as $$
declare
  v_request public.invite_requests;
begin
  select * into v_request from public.invite_requests r where r.request_id = p_request_id for no key update;
  if not found then
    perform private.refuse(404, 'request_unknown', 'there is no such request');
  end if;
  perform private.require_member(
    (select i.group_id from public.invites i where i.invite_id = v_request.invite_id), p_device_id);
  return v_request;
end $$;

create function private.request_require_open(p_request public.invite_requests) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_state text := (
    select private.request_state(p_request, i) from public.invites i where i.invite_id = p_request.invite_id);
begin
  if v_state <> 'kp_submitted' then
    perform private.refuse(
      409, 'request_closed', 'this request is no longer open', jsonb_build_object('state', v_state));
  end if;
end $$;

-- One device at a time works on a request; after two minutes another may, its holder always.
create function public.invite_claim(p_request_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_request public.invite_requests := private.request_lock(p_request_id, v_me.device_id);
begin
  perform private.request_require_open(v_request);
  if v_request.claimed_by <> v_me.device_id and private.claim_is_fresh(v_request) then
    perform private.refuse(409, 'claim_taken', 'another device is admitting this request');
  end if;
  update public.invite_requests set claimed_by = v_me.device_id, claimed_at = now() where request_id = p_request_id;
  return jsonb_build_object('request_id', p_request_id, 'claim_expires_at', private.ms(now() + interval '2 minutes'));
end $$;
grant execute on function public.invite_claim(uuid) to authenticated;
