-- Withdrawing a commit that the caller can't follow and nobody has gone on from, with what its maker put on top of it.

-- The commit, if it still counts. One from before commits could be undone is as good as confirmed.
create function private.flagged_commit(p_group public.groups, p_server_seq bigint) returns public.messages
language sql stable set search_path = '' as $$
  select m from public.messages m join public.commit_undos u using (group_id, server_seq)
  where m.group_id = p_group.id and m.server_seq = p_server_seq
    and m.msg_kind = 'commit' and not m.voided and m.epoch < p_group.epoch
$$;

-- Whether another device than the committer has gone on from the commit. A newcomer's first acknowledgement is the
-- server's own, and a void says nothing about the commits before the one that it withdraws.
create function private.commit_confirmed(p_commit public.messages) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select from public.group_members m
    where m.group_id = p_commit.group_id and m.left_seq is null and m.device_id <> p_commit.device_id
      and m.joined_seq < p_commit.server_seq and m.acked_seq >= p_commit.server_seq
  ) or exists (
    select from public.messages x
    where x.group_id = p_commit.group_id and x.server_seq > p_commit.server_seq and x.epoch > p_commit.epoch
      and x.device_id <> p_commit.device_id and x.msg_kind <> 'void'
  )
$$;

-- One device withdraws at most three commits of an epoch: else it could keep a group from ever changing.
create function private.flag_require(p_me public.devices, p_group public.groups, p_commit public.messages) returns void
language plpgsql stable set search_path = '' as $$
begin
  if p_commit.server_seq is null then
    perform private.refuse(404, 'commit_unknown', 'this is no commit that counts, or none of this device''s');
  end if;
  if private.commit_confirmed(p_commit) then
    perform private.refuse(409, 'commit_confirmed', 'another device has gone on from this commit',
      jsonb_build_object('epoch', p_group.epoch));
  end if;
  if (select count(*) from public.messages m
    where m.group_id = p_group.id and m.voids is not null and m.device_id = p_me.device_id
      and m.epoch = p_commit.epoch) >= 3 then
    perform private.refuse(409, 'flag_limit', 'this device has withdrawn three commits of this epoch');
  end if;
end $$;

-- The same call again, by whomever, is answered with the void that there is.
create function public.commit_flag(p_group_id uuid, p_server_seq bigint) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_group public.groups;
  v_commit public.messages;
  v_reply jsonb;
begin
  perform private.require(p_server_seq >= 0, 'server_seq must be a number from 0 on');
  perform from public.invites i join public.invite_requests r using (invite_id)
  where i.group_id = p_group_id and r.server_seq >= p_server_seq order by i.invite_id, r.request_id
  for no key update of i for update of r;
  select * into v_group from public.groups g where g.id = p_group_id for no key update;
  if (private.require_member(p_group_id, v_me.device_id)).joined_seq < p_server_seq then
    select jsonb_build_object('void_seq', m.server_seq, 'epoch', m.epoch) into v_reply
    from public.messages m where m.group_id = p_group_id and m.voids = p_server_seq;
    v_commit := private.flagged_commit(v_group, p_server_seq);
  end if;
  if v_reply is not null then
    return v_reply;
  end if;
  perform private.flag_require(v_me, v_group, v_commit);
  return private.commit_void(v_me, v_commit);
end $$;
grant execute on function public.commit_flag(uuid, bigint) to authenticated;
