-- The void of a commit and of those on top of it: an entry in the log, the epoch open again, all else as before.

-- Members, Welcomes and keys as they were before the commit.
create function private.commit_undo(p_commit public.messages) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_undo public.commit_undos;
begin
  delete from public.commit_undos u where u.group_id = p_commit.group_id and u.server_seq = p_commit.server_seq
  returning * into strict v_undo;
  delete from public.group_key_wraps w where w.group_id = p_commit.group_id and w.server_seq = p_commit.server_seq;
  if cardinality(v_undo.devices) = 0 then
    return;
  end if;
  -- in the order in which acknowledgements lock them
  perform from public.group_members m
  where m.group_id = p_commit.group_id and m.device_id = any (v_undo.devices) order by m.device_id for update;
  delete from public.group_members m where m.group_id = p_commit.group_id and m.device_id = any (v_undo.devices);
  insert into public.group_members
  select * from jsonb_populate_recordset(null::public.group_members, v_undo.members);
  delete from public.welcomes w where w.group_id = p_commit.group_id and w.device_id = any (v_undo.devices);
  insert into public.welcomes select * from jsonb_populate_recordset(null::public.welcomes, v_undo.welcomes);
  perform private.bell('members', jsonb_build_object('group_id', p_commit.group_id,
    'removed', (select coalesce(jsonb_agg(a -> 'device_id'), '[]') from jsonb_array_elements(p_commit.added) a),
    'added', coalesce(p_commit.removed, '[]')));
end $$;

-- The joiner asks again, with another key package; its use of the invite is given back.
create function private.request_reopen(p_commit public.messages) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_request public.invite_requests;
begin
  delete from public.invite_requests r using public.invites i
  where i.invite_id = r.invite_id and i.group_id = p_commit.group_id and r.server_seq = p_commit.server_seq
  returning r.* into v_request;
  if not found then
    return;
  end if;
  update public.invites set uses = uses - 1 where invite_id = v_request.invite_id;
  perform private.bell('welcome', jsonb_build_object('device_id', v_request.device_id,
    'request_id', v_request.request_id, 'group_id', p_commit.group_id));
end $$;

create function private.commit_void(p_me public.devices, p_commit public.messages) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_group public.groups;
  v_each public.messages;
begin
  update public.groups set seq = seq + 1, epoch = p_commit.epoch where id = p_commit.group_id returning * into v_group;
  insert into public.messages (group_id, server_seq, msg_kind, epoch, user_id, device_id, message_id, mls_bytes, voids)
  values (v_group.id, v_group.seq, 'void', v_group.epoch, p_me.user_id, p_me.device_id, gen_random_uuid(), '',
    p_commit.server_seq);
  update public.group_infos i set (epoch, group_info, former_epoch, former) = (i.former_epoch, i.former, null, null)
  where i.group_id = v_group.id and i.epoch > v_group.epoch and i.former_epoch <= v_group.epoch;
  delete from public.group_infos i where i.group_id = v_group.id and i.epoch > v_group.epoch;
  for v_each in
    select * from public.messages m
    where m.group_id = p_commit.group_id and m.server_seq >= p_commit.server_seq
      and m.msg_kind = 'commit' and not m.voided
    order by m.server_seq desc  -- the newest is undone first
  loop
    update public.messages set voided = true
    where group_id = v_each.group_id and server_seq = v_each.server_seq;
    perform private.commit_undo(v_each);
    perform private.request_reopen(v_each);
  end loop;
  perform private.bell('messages', jsonb_build_object('group_id', v_group.id, 'head_seq', v_group.seq));
  return jsonb_build_object('void_seq', v_group.seq, 'epoch', v_group.epoch);
end $$;
