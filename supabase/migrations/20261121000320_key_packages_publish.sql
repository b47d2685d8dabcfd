-- Adds to the stock and replaces the last resort; the oldest beyond 100 give way, since they expire first.
create function public.key_packages_publish(p_key_packages bytea[], p_last_resort bytea default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  perform private.require(cardinality(p_key_packages) <= 100, 'key_packages may hold at most 100');
  perform private.require(
    (select coalesce(bool_and(coalesce(octet_length(k), 0) between 1 and 16384), true) from unnest(p_key_packages) k)
    and (p_last_resort is null or octet_length(p_last_resort) between 1 and 16384),
    'a key package must have 1 to 16384 bytes');
  perform from public.devices d where d.device_id = v_me.device_id for no key update;  -- one publication at a time
  insert into public.key_packages (device_id, key_package)
  select v_me.device_id, k.bytes from unnest(p_key_packages) with ordinality k (bytes, place) order by k.place
  on conflict do nothing;
  delete from public.key_packages where id in (
    select k.id from public.key_packages k where k.device_id = v_me.device_id and not k.last_resort
    order by k.id desc offset 100);
  if p_last_resort is not null then
    insert into public.key_packages (device_id, key_package, last_resort) values (v_me.device_id, p_last_resort, true)
    on conflict (device_id) where last_resort do update set key_package = excluded.key_package, created_at = now();
  end if;
  return jsonb_build_object('stock', (
    select count(*) from public.key_packages k where k.device_id = v_me.device_id and not k.last_resort));
end $$;
grant execute on function public.key_packages_publish(bytea[], bytea) to authenticated;
