-- Passkeys wrap the root key of the vault. What the authenticator says is verified by the edge functions; here is what
-- belongs to whom. The key that opens sealed_root never comes to a server.

create function private.passkey_challenge(p_purpose text, p_user_id text, p_device_id uuid) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_challenge public.challenges;
begin
  delete from public.challenges where expires_at < now();
  delete from public.challenges where challenge_id in (
    select c.challenge_id from public.challenges c
    where c.device_id = p_device_id and c.purpose = p_purpose order by c.created_at desc offset 7);
  insert into public.challenges (purpose, user_id, device_id, challenge, expires_at)
  values (p_purpose, p_user_id, p_device_id,
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    now() + interval '300 seconds')
  returning * into v_challenge;
  return jsonb_build_object(
    'challenge_id', v_challenge.challenge_id, 'challenge', private.b64(v_challenge.challenge));
end $$;

-- A challenge for this device, and the passkeys that an authenticator need not make again.
create function private.passkey_create() returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return private.passkey_challenge('passkey_create', v_me.user_id, v_me.device_id) || jsonb_build_object(
    'passkeys', (
      select coalesce(jsonb_agg(jsonb_build_object('id', k.passkey_id, 'transports', k.transports)), '[]')
      from public.passkeys k where k.user_id = v_me.user_id));
end $$;

create function private.passkey_get() returns jsonb
language sql volatile security definer set search_path = ''
return private.passkey_challenge('passkey_get', null, null);

-- Whether passkey_add with this was answered before, though perhaps not heard.
create function private.passkey_stored(p_passkey_id text, p_sealed_root bytea) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return exists (select from public.passkeys k
    where k.passkey_id = p_passkey_id and k.user_id = v_me.user_id and k.sealed_root = p_sealed_root);
end $$;

create function private.passkey_add(
  p_passkey_id text, p_public_key bytea, p_counter bigint, p_transports text[], p_sealed_root bytea, p_sealed_name bytea
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform from public.accounts a where a.user_id = v_me.user_id for no key update;
  if (select count(*) from public.passkeys k where k.user_id = v_me.user_id and k.passkey_id <> p_passkey_id) >= 20 then
    perform private.refuse(409, 'too_many_passkeys', 'an account may have at most 20 passkeys');
  end if;
  insert into public.passkeys (passkey_id, user_id, public_key, counter, transports, sealed_root, sealed_name)
  values (p_passkey_id, v_me.user_id, p_public_key, p_counter, p_transports, p_sealed_root, p_sealed_name)
  on conflict (passkey_id) do update set (sealed_root, sealed_name) = (excluded.sealed_root, excluded.sealed_name)
  where (passkeys.user_id, passkeys.public_key) = (excluded.user_id, excluded.public_key);
  if not found then
    perform private.refuse(403, 'passkey_refused', 'this passkey belongs to another account');
  end if;
  return '{}';
end $$;

-- What it takes to verify an assertion.
create function private.passkey_find(p_passkey_id text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_passkey public.passkeys;
begin
  select * into v_passkey from public.passkeys k where k.passkey_id = p_passkey_id;
  if not found then
    perform private.refuse(404, 'passkey_unknown', 'this passkey belongs to no account here');
  end if;
  return jsonb_build_object('user_id', v_passkey.user_id, 'public_key', private.b64(v_passkey.public_key),
    'counter', v_passkey.counter, 'transports', v_passkey.transports);
end $$;
