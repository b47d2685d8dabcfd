-- One key package of each live device of the user, never the same one twice except the last resort.
create function public.key_packages_claim(p_user_id text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_claimed jsonb;
begin
  with live as (
    select d.device_id from public.devices d
    where d.user_id = p_user_id and d.revoked_at is null and d.device_id <> v_me.device_id
  ), taken as (
    delete from public.key_packages where id in (
      select picked.id from live, lateral (
        select k.id from public.key_packages k where k.device_id = live.device_id and not k.last_resort
        order by k.id limit 1 for update skip locked) picked)
    returning device_id, key_package
  ), claimed as (
    select live.device_id, coalesce(
      (select t.key_package from taken t where t.device_id = live.device_id),
      (select k.key_package from public.key_packages k where k.device_id = live.device_id and k.last_resort)
    ) as key_package
    from live
  )
  select jsonb_agg(
    jsonb_build_object('device_id', c.device_id, 'key_package', private.b64(c.key_package)) order by c.device_id)
  into v_claimed from claimed c where c.key_package is not null;
  if v_claimed is null then
    perform private.refuse(404, 'key_package_missing', 'no device of this user has published a key package');
  end if;
  return jsonb_build_object('key_packages', v_claimed);
end $$;
grant execute on function public.key_packages_claim(text) to authenticated;
