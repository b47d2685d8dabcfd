-- Called by the edge functions under their own login, before there is a token. Signatures are checked there.

create function private.auth_challenge(p_purpose text, p_user_id text, p_device_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_challenge public.challenges;
begin
  perform private.require(p_purpose in ('register', 'login'), 'purpose must be register or login');
  perform private.require(p_user_id ~ '^[A-Za-z0-9_-]{43}$', 'user_id must be 43 characters of base64url');
  perform private.require(p_device_id is not null, 'device_id must be a UUID');
  delete from public.challenges where expires_at < now();
  -- a few stay open, so that whoever asks in a device's name cannot simply displace the device's own challenge
  delete from public.challenges where challenge_id in (
    select c.challenge_id from public.challenges c
    where c.device_id = p_device_id and c.user_id = p_user_id and c.purpose = p_purpose
    order by c.created_at desc offset 7);
  insert into public.challenges (purpose, user_id, device_id, challenge, expires_at)
  values (p_purpose, p_user_id, p_device_id,
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    now() + interval '300 seconds')
  returning * into v_challenge;
  return jsonb_build_object(
    'challenge_id', v_challenge.challenge_id,
    'challenge', private.b64(v_challenge.challenge),
    'expires_at', private.ms(v_challenge.expires_at));
end $$;

-- The challenge, if it was made for exactly this and is not too old; gone in any case. Null: refused.
create function private.auth_challenge_take(p_challenge_id uuid, p_purpose text, p_user_id text, p_device_id uuid)
returns bytea language sql volatile security definer set search_path = '' as $$
  with taken as (delete from public.challenges where challenge_id = p_challenge_id returning *)
  select t.challenge from taken t
  where t.purpose = p_purpose and t.user_id = p_user_id and t.device_id = p_device_id and t.expires_at > now()
$$;

-- Binds a device id once and for ever; the same registration again is fine.
create function private.auth_register(
  p_user_id text, p_device_id uuid, p_account_public_key bytea, p_device_public_key bytea, p_credential bytea
) returns void language plpgsql volatile security definer set search_path = '' as $$
declare
  v_device public.devices;
begin
  perform private.require(
    p_user_id = private.user_id_of(p_account_public_key), 'user_id is not the hash of account_public_key');
  insert into public.accounts (user_id, public_key) values (p_user_id, p_account_public_key) on conflict do nothing;
  insert into public.devices (device_id, user_id, public_key, credential)
  values (p_device_id, p_user_id, p_device_public_key, p_credential) on conflict do nothing;
  select * into v_device from public.devices d where d.device_id = p_device_id;
  if (v_device.user_id, v_device.public_key) is distinct from (p_user_id, p_device_public_key) then
    perform private.refuse(409, 'device_exists', 'this device id is registered with other keys');
  end if;
  if v_device.revoked_at is not null then
    perform private.refuse(401, 'device_revoked', 'this device was revoked by its account');
  end if;
end $$;

create function private.auth_device_key(p_user_id text, p_device_id uuid) returns bytea
language plpgsql stable security definer set search_path = '' as $$
declare
  v_device public.devices;
begin
  select * into v_device from public.devices d where d.device_id = p_device_id and d.user_id = p_user_id;
  if not found then
    perform private.refuse(401, 'device_unknown', 'this device is not registered for this account');
  end if;
  if v_device.revoked_at is not null then
    perform private.refuse(401, 'device_revoked', 'this device was revoked by its account');
  end if;
  return v_device.public_key;
end $$;

-- After the signature was found right.
create function private.auth_login(p_user_id text, p_device_id uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select private.auth_device_key(p_user_id, p_device_id);
  update public.devices set last_seen = now() where device_id = p_device_id;
$$;

grant execute on function
  private.auth_challenge(text, text, uuid), private.auth_challenge_take(uuid, text, text, uuid),
  private.auth_register(text, uuid, bytea, bytea, bytea), private.auth_device_key(text, uuid),
  private.auth_login(text, uuid)
to mls_chat_functions;
