-- An account's backup: segments that only ever follow each other. A new generation is staged beside the running one and
-- takes its place when it is whole, so that there is a whole one at any time.

create function private.backup_count(p_user_id text, p_generation bigint) returns bigint
language sql stable set search_path = '' as $$
  select count(*) from public.backup_segments s where s.user_id = p_user_id and s.generation = p_generation
$$;

create function public.backup_state() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_generation constant bigint := coalesce((
    select b.generation from public.backups b where b.user_id = v_me.user_id), 0);
begin
  return jsonb_build_object('generation', v_generation,
    'count', private.backup_count(v_me.user_id, v_generation),
    'bytes', (select coalesce(sum(octet_length(s.segment)), 0) from public.backup_segments s
      where s.user_id = v_me.user_id and s.generation = v_generation),
    'upto', coalesce((select b.upto from public.backups b where b.user_id = v_me.user_id), '{}'),
    'staged', private.backup_count(v_me.user_id, v_generation + 1));
end $$;
grant execute on function public.backup_state() to authenticated;

create function private.backup_upto_check(p_upto jsonb) returns void
language plpgsql stable set search_path = '' as $$
begin
  perform private.require(jsonb_typeof(p_upto) = 'object', 'upto must be an object');
  perform private.require((
    select count(*) <= 2000 and coalesce(bool_and(
      u.key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' and u.value::text ~ '^[0-9]{1,16}$'), true)
    from jsonb_each(p_upto) u), 'upto must have at most 2000 UUIDs, each with a number');
end $$;

create function private.backup_upto(p_before jsonb, p_more jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(u.key, u.seq), '{}')
  from (
    select x.key, max(x.value::bigint) as seq
    from (select * from jsonb_each(p_before) union all select * from jsonb_each(p_more)) x group by x.key) u
$$;

-- The staged generation is whole: what ran until now goes.
create function private.backup_turn(p_user_id text, p_generation bigint) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.backup_segments where user_id = p_user_id and generation < p_generation;
  update public.backups set generation = p_generation, upto = staged_upto, staged_upto = '{}' where user_id = p_user_id;
end $$;

create function public.backup_put(
  p_generation bigint, p_number int, p_segment bytea, p_upto jsonb default '{}', p_last boolean default true
) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_running bigint;
  v_count bigint;
  v_is_staged boolean;
begin
  perform private.require(p_generation >= 0 and p_number >= 0, 'generation and number must be numbers from 0 on');
  perform private.require(octet_length(p_segment) between 1 and 524288, 'segment must have 1 to 524288 bytes');
  perform private.require(p_last is not null, 'last must be true or false');
  perform private.backup_upto_check(p_upto);
  insert into public.backups (user_id) values (v_me.user_id) on conflict do nothing;
  select b.generation into v_running from public.backups b where b.user_id = v_me.user_id for no key update;
  v_is_staged := p_generation = v_running + 1;
  if v_is_staged and p_number = 0 then
    delete from public.backup_segments where user_id = v_me.user_id and generation = p_generation;
    update public.backups set staged_upto = '{}' where user_id = v_me.user_id;
  end if;
  v_count := private.backup_count(v_me.user_id, p_generation);
  if p_segment is distinct from (select s.segment from public.backup_segments s
    where s.user_id = v_me.user_id and s.generation = p_generation and s.number = p_number) then
    if p_number <> v_count or not (v_is_staged or p_generation = v_running) then
      perform private.refuse(409, 'backup_stale', 'another device has written to the backup meanwhile',
        jsonb_build_object('generation', v_running, 'count', private.backup_count(v_me.user_id, v_running)));
    elsif p_number >= 2000 then
      perform private.refuse(409, 'backup_full', 'a backup may have at most 2000 segments: begin another generation');
    end if;
    insert into public.backup_segments (user_id, generation, number, segment)
    values (v_me.user_id, p_generation, p_number, p_segment);
    update public.backups set
      upto = case when v_is_staged then upto else private.backup_upto(upto, p_upto) end,
      staged_upto = case when v_is_staged then private.backup_upto(staged_upto, p_upto) else staged_upto end
    where user_id = v_me.user_id;
    v_count := v_count + 1;
  end if;
  if v_is_staged and p_last and p_number = v_count - 1 then
    perform private.backup_turn(v_me.user_id, p_generation);
  end if;
  return '{}';
end $$;
grant execute on function public.backup_put(bigint, int, bytea, jsonb, boolean) to authenticated;

create function public.backup_get(p_generation bigint, p_number int) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_segment bytea;
begin
  select s.segment into v_segment from public.backup_segments s join public.backups b using (user_id, generation)
  where s.user_id = v_me.user_id and s.generation = p_generation and s.number = p_number;
  if v_segment is null then
    perform private.refuse(404, 'backup_unknown', 'there is no such segment in the running generation');
  end if;
  return jsonb_build_object('segment', private.b64(v_segment));
end $$;
grant execute on function public.backup_get(bigint, int) to authenticated;
