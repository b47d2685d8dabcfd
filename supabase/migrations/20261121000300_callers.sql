-- Who asks: read from the token, believed only after a look at the live row. Each function below starts here.

create function private.require_device() returns public.devices
language plpgsql stable security definer set search_path = '' as $$
declare
  v_device public.devices;
begin
  if auth.jwt() ->> 'sub' is null or auth.jwt() ->> 'device_id' is null then
    perform private.refuse(401, 'unauthenticated', 'a token that names a user and a device is needed');
  end if;
  select * into v_device from public.devices d
  where d.device_id = private.claimed_device() and d.user_id = auth.jwt() ->> 'sub';
  if not found then
    perform private.refuse(401, 'device_unknown', 'this device is not registered for this account');
  end if;
  if v_device.revoked_at is not null then
    perform private.refuse(401, 'device_revoked', 'this device was revoked by its account');
  end if;
  return v_device;
end $$;

create function private.require_member(p_group_id uuid, p_device_id uuid) returns public.group_members
language plpgsql stable set search_path = '' as $$
declare
  v_member public.group_members;
begin
  select * into v_member from public.group_members m
  where m.group_id = p_group_id and m.device_id = p_device_id and m.left_seq is null;
  if not found then
    perform private.refuse(403, 'not_a_member', 'this device is not a member of the group');
  end if;
  return v_member;
end $$;

-- Presence is told in minutes: one write in 30 s is enough.
create function private.touch(p_device_id uuid) returns void
language sql volatile set search_path = '' as $$
  update public.devices set last_seen = now()
  where device_id = p_device_id and last_seen < now() - interval '30 seconds'
$$;

-- Number of the oldest message still kept, one above the newest when none is.
create function private.first_seq(p_group_id uuid) returns bigint
language sql stable set search_path = '' as $$
  select coalesce(
    (select min(m.server_seq) from public.messages m where m.group_id = p_group_id),
    (select g.seq + 1 from public.groups g where g.id = p_group_id))
$$;
