-- What an invite and a request amount to now, by the server's clock.
create function private.invite_status(p_invite public.invites) returns text
language sql stable set search_path = '' as $$
  select case
    when p_invite.revoked_at is not null then 'revoked'
    when p_invite.expires_at <= now() then 'expired'
    when p_invite.uses >= p_invite.max_uses then 'used'
    else 'active'
  end
$$;

-- A request lives as long as its invite; that the uses ran out does not matter to one that has taken its own.
create function private.request_state(p_request public.invite_requests, p_invite public.invites) returns text
language sql stable set search_path = '' as $$
  select case
    when p_request.state = 'kp_submitted' and private.invite_status(p_invite) in ('revoked', 'expired') then 'expired'
    else p_request.state
  end
$$;

-- The same call again by a member (same group, same hash) is answered with the first one's reply.
create function public.invite_create(
  p_invite_id uuid, p_group_id uuid, p_access_hash bytea, p_sealed_info bytea,
  p_expires_in int default 604800, p_max_uses int default 1
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_invite public.invites;
begin
  perform private.require_member(p_group_id, v_me.device_id);
  perform private.require(p_invite_id is not null, 'invite_id must be a UUID');
  perform private.require(octet_length(p_access_hash) = 32, 'access_hash must have 32 bytes');
  perform private.require(octet_length(p_sealed_info) between 1 and 4096, 'sealed_info must have 1 to 4096 bytes');
  perform private.require(p_expires_in between 60 and 2592000, 'expires_in must be 60 seconds to 30 days');
  perform private.require(p_max_uses between 1 and 500, 'max_uses must be 1 to 500');
  insert into public.invites (invite_id, group_id, created_by, access_hash, sealed_info, max_uses, expires_at)
  values (p_invite_id, p_group_id, v_me.device_id, p_access_hash, p_sealed_info, p_max_uses,
    now() + make_interval(secs => p_expires_in))
  on conflict do nothing;
  select * into v_invite from public.invites i where i.invite_id = p_invite_id;
  if (v_invite.group_id, v_invite.access_hash) is distinct from (p_group_id, p_access_hash) then
    perform private.refuse(409, 'invite_exists', 'this invite id is taken');
  end if;
  return jsonb_build_object('invite_id', v_invite.invite_id, 'expires_at', private.ms(v_invite.expires_at));
end $$;
grant execute on function public.invite_create(uuid, uuid, bytea, bytea, int, int) to authenticated;

-- For whoever holds the link, before there is an account. What it shows is sealed under the link's secret.
create function public.invite_info(p_invite_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_invite public.invites;
begin
  select * into v_invite from public.invites i where i.invite_id = p_invite_id;
  if not found then
    perform private.refuse(404, 'invite_unknown', 'there is no such invite');
  end if;
  return jsonb_build_object('invite_id', v_invite.invite_id, 'status', private.invite_status(v_invite),
    'sealed_info', private.b64(v_invite.sealed_info), 'expires_at', private.ms(v_invite.expires_at));
end $$;
grant execute on function public.invite_info(uuid) to anon, authenticated;
