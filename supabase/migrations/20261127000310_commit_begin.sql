-- An account is in a group with all of its devices: one that is not there yet comes in by an external commit.

-- That the device is a member, or that another one of its account is. It may be revoked and not yet removed.
create function private.require_account_member(p_group_id uuid, p_me public.devices) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from public.group_members m
    where m.group_id = p_group_id and m.user_id = p_me.user_id and m.left_seq is null) then
    perform private.refuse(403, 'not_a_member', 'no device of this account is a member of the group');
  end if;
end $$;

drop function private.commit_begin(public.devices, uuid, uuid, bigint, bigint, bytea, bytea);
-- As before; p_by_account: the committer need not be a member itself, if another device of its account is one.
-- Takes the group's row lock; the former reply if the commit is in the log already.
-- p_base_seq: how far the committer had read; a void behind it has given the epoch's number another meaning.
create function private.commit_begin(
  p_me public.devices, p_group_id uuid, p_message_id uuid, p_epoch bigint, p_base_seq bigint, p_mls_bytes bytea,
  p_group_info bytea, p_by_account boolean default false
) returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_group public.groups;
  v_facts jsonb;
  v_reply jsonb;
begin
  perform private.require(p_message_id is not null, 'message_id must be a UUID');
  perform private.require(p_epoch >= 0, 'epoch must be a number from 0 on');
  perform private.require(octet_length(p_mls_bytes) > 0, 'mls_bytes must not be empty');
  if octet_length(p_mls_bytes) > 262144 then
    perform private.refuse(413, 'message_too_large', 'a message may have at most 262144 bytes');
  end if;
  perform private.require(octet_length(p_group_info) <= 524288, 'group_info may have at most 524288 bytes');
  select * into v_group from public.groups g where g.id = p_group_id for no key update;
  -- under the lock: nobody is removed meanwhile
  if p_by_account then
    perform private.require_account_member(p_group_id, p_me);
  else
    perform private.require_member(p_group_id, p_me.device_id);
  end if;
  v_reply := private.commit_repeated(p_group_id, p_me.device_id, p_message_id, p_mls_bytes);
  if v_reply is not null then
    return v_reply;
  end if;
  v_facts := jsonb_build_object('epoch', v_group.epoch);
  if p_epoch < v_group.epoch then
    perform private.refuse(409, 'stale_epoch', 'the group is past this epoch', v_facts);
  elsif p_epoch > v_group.epoch then
    perform private.refuse(409, 'future_epoch', 'the group has not reached this epoch', v_facts);
  elsif exists (
    select from public.messages m
    where m.group_id = p_group_id and m.msg_kind = 'void' and m.server_seq > p_base_seq
  ) then
    perform private.refuse(409, 'stale_epoch', 'a commit was withdrawn since this one was made', v_facts);
  end if;
  return null;
end $$;
