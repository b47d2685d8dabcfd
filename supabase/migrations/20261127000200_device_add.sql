-- How a device comes to an account: by itself (auth_register) or by another one (device_add). Called by the edge
-- functions under their own login, which have checked the account's signatures and the credential.

-- Binds a device id once and for ever; the same again is fine, and is in the log once.
create function private.device_bind(p_entry public.device_log, p_credential bytea, p_sealed_name bytea) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_device public.devices;
begin
  perform private.require(p_entry.change = 'add', 'entry.change must be add');
  perform private.require(octet_length(p_sealed_name) <= 512, 'sealed_name may have at most 512 bytes');
  -- one change of an account's devices at a time
  perform from public.accounts a where a.user_id = p_entry.user_id for no key update;
  select * into v_device from public.devices d where d.device_id = p_entry.device_id;
  if not found then
    if (select count(*) from public.devices d where d.user_id = p_entry.user_id and d.revoked_at is null) >= 50 then
      perform private.refuse(409, 'too_many_devices', 'an account may have at most 50 devices');
    end if;
    insert into public.devices (device_id, user_id, public_key, credential)
    values (p_entry.device_id, p_entry.user_id, p_entry.device_public_key, p_credential) on conflict do nothing;
    select * into v_device from public.devices d where d.device_id = p_entry.device_id;
  end if;
  if (v_device.user_id, v_device.public_key, v_device.revoked_at) is distinct from
    (p_entry.user_id, p_entry.device_public_key, null) then
    perform private.refuse(409, 'device_exists', 'this device id is taken');
  end if;
  if exists (select from public.device_log l
    where l.user_id = p_entry.user_id and l.device_id = p_entry.device_id) then
    return;
  end if;
  perform private.device_log_append(p_entry);
  update public.devices set sealed_name = p_sealed_name where device_id = p_entry.device_id;
  if exists (select from public.devices d
    where d.user_id = p_entry.user_id and d.device_id <> p_entry.device_id and d.revoked_at is null) then
    perform private.devices_ring(p_entry.user_id);
  end if;
end $$;

drop function private.auth_register(text, uuid, bytea, bytea, bytea);
create function private.auth_register(
  p_user_id text, p_device_id uuid, p_account_public_key bytea, p_device_public_key bytea, p_credential bytea,
  p_sealed_name bytea, p_entry jsonb
) returns void language plpgsql volatile security definer set search_path = '' as $$
declare
  v_entry constant public.device_log := private.device_log_entry(p_user_id, p_entry);
begin
  perform private.require(
    p_user_id = private.user_id_of(p_account_public_key), 'user_id is not the hash of account_public_key');
  perform private.require((v_entry.device_id, v_entry.device_public_key) = (p_device_id, p_device_public_key),
    'entry must be about the device that is registered');
  if exists (select from public.devices d where d.device_id = p_device_id and d.user_id = p_user_id
    and d.public_key = p_device_public_key and d.revoked_at is not null) then
    perform private.refuse(401, 'device_revoked', 'this device was revoked by its account');
  end if;
  insert into public.accounts (user_id, public_key) values (p_user_id, p_account_public_key) on conflict do nothing;
  perform private.device_bind(v_entry, p_credential, p_sealed_name);
end $$;

create function private.device_add(p_credential bytea, p_sealed_name bytea, p_entry jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.device_bind(private.device_log_entry(v_me.user_id, p_entry), p_credential, p_sealed_name);
  return '{}';
end $$;

grant execute on function
  private.auth_register(text, uuid, bytea, bytea, bytea, bytea, jsonb), private.device_add(bytea, bytea, jsonb)
to mls_chat_functions;
