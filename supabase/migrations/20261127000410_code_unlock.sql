-- What a person with a recovery code is given, without a token. Ten wrong tries in a row lock it for an hour.

create function private.code_find(p_locator bytea) returns public.recovery_codes
language plpgsql volatile set search_path = '' as $$
declare
  v_code public.recovery_codes;
begin
  select * into v_code from public.recovery_codes c where c.locator_hash = sha256(p_locator) for no key update;
  if not found then
    perform private.refuse(404, 'code_unknown', 'there is no such recovery code');
  end if;
  return v_code;
end $$;

create function public.code_open(p_locator bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_code constant public.recovery_codes := private.code_find(p_locator);
begin
  return jsonb_build_object(
    'salt', private.b64(v_code.salt), 'memory_kib', v_code.memory_kib, 'iterations', v_code.iterations);
end $$;
grant execute on function public.code_open(bytea) to anon, authenticated;

-- Counts a try as wrong before the key is looked at, in a transaction of its own: however many come at the same time,
-- and whatever becomes of them, no more than the bound are judged.
create function private.code_try(p_locator bytea) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_code constant public.recovery_codes := private.code_find(p_locator);
  v_seconds constant bigint := ceil(extract(epoch from v_code.tried_at + interval '3600 seconds' - now()));
begin
  if v_code.tries >= 10 and v_seconds > 0 then
    perform private.refuse(429, 'code_locked', 'too many wrong tries of this recovery code',
      jsonb_build_object('seconds', v_seconds));
  end if;
  update public.recovery_codes set tries = least(tries + 1, 10), tried_at = now() where user_id = v_code.user_id;
end $$;

-- After code_try.
create function private.code_unlock(p_locator bytea, p_access_key bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_code constant public.recovery_codes := private.code_find(p_locator);
begin
  if sha256(p_access_key) is distinct from v_code.access_hash then
    perform private.refuse(403, 'code_wrong', 'this is not the whole recovery code',
      jsonb_build_object('left', 10 - v_code.tries));
  end if;
  update public.recovery_codes set tries = 0, tried_at = null where user_id = v_code.user_id;
  return private.vault_reply(v_code.user_id, v_code.sealed_root);
end $$;

grant execute on function private.code_try(bytea), private.code_unlock(bytea, bytea) to mls_chat_functions;
