-- Whoever is told at sign-in that the account has revoked it is shown the entry by which it did: a device believes
-- nobody but its account.

create function private.revocation_of(p_device public.devices) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('entry', (private.device_log_page(l.user_id, l.number - 1, 1) -> 0)::text)
  from public.device_log l
  where l.user_id = p_device.user_id and l.device_id = p_device.device_id and l.change = 'revoke'
$$;

create or replace function private.auth_device_key(p_user_id text, p_device_id uuid) returns bytea
language plpgsql stable security definer set search_path = '' as $$
declare
  v_device public.devices;
begin
  select * into v_device from public.devices d where d.device_id = p_device_id and d.user_id = p_user_id;
  if not found then
    perform private.refuse(401, 'device_unknown', 'this device is not registered for this account');
  end if;
  if v_device.revoked_at is not null then
    perform private.refuse(
      401, 'device_revoked', 'this device was revoked by its account', private.revocation_of(v_device));
  end if;
  return v_device.public_key;
end $$;
