-- Whoever comes into a group by one device is told so on the others: they come in by themselves.

create function private.own_devices_ring() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.bell('devices', jsonb_build_object('user_id', e.user_id, 'group_ids', '[]'::jsonb))
  from (select distinct m.user_id from entered m where exists (
    select from public.devices d
    where d.user_id = m.user_id and d.device_id <> m.device_id and d.revoked_at is null)) e;
  return null;
end $$;
create trigger own_devices_ring after insert on public.group_members
referencing new table as entered for each statement execute function private.own_devices_ring();
