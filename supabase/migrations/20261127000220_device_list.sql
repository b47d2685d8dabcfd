-- What an account's devices see of it, and what others see of its devices.

create function public.device_list() returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.touch(v_me.device_id);
  return jsonb_build_object(
    'devices', (
      select jsonb_agg(jsonb_build_object(
        'device_id', d.device_id, 'created_at', private.ms(d.created_at), 'last_seen', private.ms(d.last_seen),
        'revoked_at', coalesce(private.ms(d.revoked_at), 0), 'sealed_name', private.b64(d.sealed_name))
        order by d.created_at, d.device_id)
      from public.devices d where d.user_id = v_me.user_id),
    'passkeys', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'passkey_id', k.passkey_id, 'created_at', private.ms(k.created_at),
        'last_used', coalesce(private.ms(k.last_used), 0), 'sealed_name', private.b64(k.sealed_name))
        order by k.created_at, k.passkey_id), '[]')
      from public.passkeys k where k.user_id = v_me.user_id),
    'vault_generation', coalesce((select v.generation from public.vaults v where v.user_id = v_me.user_id), 0),
    'code_made_at', coalesce((
      select private.ms(c.made_at) from public.recovery_codes c where c.user_id = v_me.user_id), 0));
end $$;
grant execute on function public.device_list() to authenticated;

create function public.device_rename(p_device_id uuid, p_sealed_name bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.require(octet_length(p_sealed_name) <= 512, 'sealed_name may have at most 512 bytes');
  perform private.require_own_device(v_me.user_id, p_device_id);
  update public.devices set sealed_name = p_sealed_name where device_id = p_device_id;
  return '{}';
end $$;
grant execute on function public.device_rename(uuid, bytea) to authenticated;

-- Of the own account, or of one that is in a group with it.
create function public.device_log_get(p_user_id text, p_since bigint default 0) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.require(p_since >= 0, 'since must be a number from 0 on');
  if p_user_id is distinct from v_me.user_id and not exists (
    select from public.group_members mine join public.group_members theirs using (group_id)
    where mine.user_id = v_me.user_id and mine.left_seq is null
      and theirs.user_id = p_user_id and theirs.left_seq is null
  ) then
    perform private.refuse(404, 'account_unknown', 'there is no such account in a group with this one');
  end if;
  return jsonb_build_object(
    'account_public_key', (select private.b64(a.public_key) from public.accounts a where a.user_id = p_user_id),
    'entries', private.device_log_page(p_user_id, p_since, 1000), 'head', private.device_log_head(p_user_id));
end $$;
grant execute on function public.device_log_get(text, bigint) to authenticated;

create index group_members_user_id on public.group_members (user_id) where left_seq is null;
