-- As before, with the sealed GroupInfo and the sealed keys that the commit may bring.
drop function public.invite_complete(uuid, text, uuid, uuid, bigint, bytea, jsonb, uuid[], jsonb);
create function public.invite_complete(
  p_request_id uuid, p_refusal text default null,
  p_group_id uuid default null, p_message_id uuid default null, p_epoch bigint default null,
  p_mls_bytes bytea default null,
  p_added jsonb default '[]', p_removed uuid[] default '{}', p_welcomes jsonb default '[]',
  p_group_info bytea default '', p_keys jsonb default '[]', p_base_seq bigint default null
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_request public.invite_requests := private.request_lock(p_request_id, v_me.device_id);
  v_reply jsonb;
begin
  perform private.require((p_refusal is null) = (p_message_id is not null), 'either a commit or a refusal is needed');
  if p_refusal is not null then
    return private.request_refuse(v_me, v_request, p_refusal);
  end if;
  perform private.commit_requires(
    p_group_id = (select i.group_id from public.invites i where i.invite_id = v_request.invite_id),
    'the commit is for another group than the request');
  if v_request.state = 'complete' then
    v_reply := private.commit_repeated(p_group_id, v_me.device_id, p_message_id, p_mls_bytes);
    if (v_reply ->> 'server_seq')::bigint = v_request.server_seq then
      return v_reply;  -- the same call again
    end if;
  end if;
  perform private.request_require_open(v_request);
  perform private.request_require_claim(v_request, v_me.device_id);
  perform private.commit_requires(
    jsonb_array_length(p_added) = 1 and (p_added -> 0 ->> 'device_id')::uuid = v_request.device_id
    and p_added -> 0 ->> 'user_id' = v_request.user_id,
    'the commit must add the device of the request and no other');
  v_reply := private.commit_append(
    v_me, p_group_id, p_message_id, p_epoch, p_base_seq, p_mls_bytes, p_added, p_removed, p_welcomes, p_group_info,
    p_keys, p_request_id);
  update public.invite_requests
  set state = 'complete', admitted_by = v_me.user_id, server_seq = (v_reply ->> 'server_seq')::bigint
  where request_id = p_request_id;
  return v_reply;
end $$;
grant execute on function
  public.invite_complete(uuid, text, uuid, uuid, bigint, bytea, jsonb, uuid[], jsonb, bytea, jsonb, bigint)
  to authenticated;
