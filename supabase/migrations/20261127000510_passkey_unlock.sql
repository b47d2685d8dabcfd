-- After the assertion was found right. A counter goes up only; one that is always 0 tells nothing.
create function private.passkey_unlock(p_passkey_id text, p_counter bigint) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_passkey public.passkeys;
begin
  update public.passkeys set counter = p_counter, last_used = now()
  where passkey_id = p_passkey_id and (counter < p_counter or (counter, p_counter) = (0, 0)) returning * into v_passkey;
  if not found then
    perform private.refuse(403, 'passkey_refused', 'the passkey was used meanwhile, or removed');
  end if;
  return private.vault_reply(v_passkey.user_id, v_passkey.sealed_root);
end $$;

-- The edge function has checked the account's signature. One that is gone already is fine.
create function private.passkey_remove(p_passkey_id text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  delete from public.passkeys k where k.passkey_id = p_passkey_id and k.user_id = v_me.user_id;
  return '{}';
end $$;

grant execute on function
  private.passkey_create(), private.passkey_get(), private.passkey_stored(text, bytea),
  private.passkey_add(text, bytea, bigint, text[], bytea, bytea), private.passkey_find(text),
  private.passkey_unlock(text, bigint), private.passkey_remove(text)
to mls_chat_functions;
