-- The next generation of the vault, and with it a recovery code or none. The edge function has checked the account's
-- signature: a device alone can't spoil what the others need.
create function private.vault_put(
  p_generation bigint, p_sealed_vault bytea, p_signature bytea, p_code jsonb default null
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_vault public.vaults;
begin
  perform from public.accounts a where a.user_id = v_me.user_id for no key update;
  select * into v_vault from public.vaults v where v.user_id = v_me.user_id;
  if (v_vault.generation, v_vault.sealed_vault, v_vault.signature) = (p_generation, p_sealed_vault, p_signature) then
    return '{}';  -- the same call again
  end if;
  if p_generation is distinct from coalesce(v_vault.generation, 0) + 1 then
    perform private.refuse(409, 'vault_conflict', 'the vault has changed meanwhile',
      jsonb_build_object('generation', coalesce(v_vault.generation, 0)));
  end if;
  insert into public.vaults (user_id, generation, sealed_vault, signature)
  values (v_me.user_id, p_generation, p_sealed_vault, p_signature)
  on conflict (user_id) do update set (generation, sealed_vault, signature, updated_at)
    = (excluded.generation, excluded.sealed_vault, excluded.signature, now());
  if p_code is not null then
    perform private.code_put(v_me.user_id, p_code);
  end if;
  return '{}';
end $$;
grant execute on function private.vault_put(bigint, bytea, bytea, jsonb) to mls_chat_functions;

create function private.code_put(p_user_id text, p_code jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.recovery_codes c where c.user_id = p_user_id;
  insert into public.recovery_codes (user_id, locator_hash, access_hash, salt, memory_kib, iterations, sealed_root)
  select p_user_id, decode(c.locator_hash, 'base64'), decode(c.access_hash, 'base64'), decode(c.salt, 'base64'),
    c.memory_kib, c.iterations, decode(c.sealed_root, 'base64')
  from jsonb_to_record(p_code) c (
    locator_hash text, access_hash text, salt text, memory_kib int, iterations int, sealed_root text)
  on conflict (locator_hash) do nothing;
  perform private.require(found, 'code.locator_hash is taken');
end $$;
