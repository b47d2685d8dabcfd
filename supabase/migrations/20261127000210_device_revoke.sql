-- The account's word that a device is out, as its signed entry in the log. The edge function has checked the signature.

-- What waits for the device goes. The uses of invites that it has taken for nothing are given back.
create function private.device_drop(p_device_id uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.key_packages where device_id = p_device_id;
  perform from public.invites i join public.invite_requests r using (invite_id)
  where r.device_id = p_device_id and r.state = 'kp_submitted' order by i.invite_id
  for no key update of i for update of r;
  with gone as (
    delete from public.invite_requests where device_id = p_device_id and state = 'kp_submitted' returning invite_id)
  update public.invites i set uses = i.uses - 1 from gone g where i.invite_id = g.invite_id;
  delete from public.welcomes where device_id = p_device_id;
end $$;

-- A device may revoke itself. It stays a member of its groups until a commit removes it, but is served nothing.
create function private.device_revoke(p_entry jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_entry constant public.device_log := private.device_log_entry(v_me.user_id, p_entry);
begin
  perform private.require(v_entry.change = 'revoke', 'entry.change must be revoke');
  perform from public.accounts a where a.user_id = v_me.user_id for no key update;
  perform private.require_own_device(v_me.user_id, v_entry.device_id);
  perform private.require(v_entry.device_public_key = (
    select d.public_key from public.devices d where d.device_id = v_entry.device_id),
    'entry.device_public_key must be that of the device');
  if exists (select from public.device_log l
    where l.user_id = v_me.user_id and l.device_id = v_entry.device_id and l.change = 'revoke') then
    return '{}';
  end if;
  perform private.device_log_append(v_entry);
  update public.devices set revoked_at = coalesce(revoked_at, now()) where device_id = v_entry.device_id;
  perform private.device_drop(v_entry.device_id);
  perform private.bell('revoked', jsonb_build_object('device_id', v_entry.device_id));
  perform private.devices_ring(v_me.user_id);
  return '{}';
end $$;
grant execute on function private.device_revoke(jsonb) to mls_chat_functions;

create function private.require_own_device(p_user_id text, p_device_id uuid) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from public.devices d where d.device_id = p_device_id and d.user_id = p_user_id) then
    perform private.refuse(404, 'device_missing', 'this account has no such device');
  end if;
end $$;
