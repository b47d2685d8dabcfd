-- The devices of each account as the account itself declares them: an append-only log of signed entries, each of which
-- names the digest of the one before. The server keeps it and can neither add to it nor leave anything out.
alter table public.devices
  add column sealed_name bytea not null default '' check (octet_length(sealed_name) <= 512);

create table public.device_log (
  user_id text not null references public.accounts on delete cascade,
  number bigint not null check (number > 0),
  previous bytea not null check (octet_length(previous) = 32),
  change text not null check (change in ('add', 'revoke')),
  device_id uuid not null,
  device_public_key bytea not null check (octet_length(device_public_key) = 32),
  made_at bigint not null check (made_at >= 0),    -- by the signer's clock
  signature bytea not null check (octet_length(signature) = 64),
  digest bytea not null check (octet_length(digest) = 32),
  primary key (user_id, number),
  unique (user_id, device_id, change)
);
alter table public.device_log enable row level security;

-- A labelled statement: the label, then each field behind its 4-byte length.
create function private.statement(p_label text, variadic p_fields bytea[]) returns bytea
language sql stable set search_path = '' as $$
  select convert_to(p_label, 'UTF8') || string_agg(int4send(octet_length(f.bytes)) || f.bytes, '' order by f.place)
  from unnest(p_fields) with ordinality f (bytes, place)
$$;

-- p_entry as on the wire, its shape and signature checked. What is signed is what is digested.
create function private.device_log_entry(p_user_id text, p_entry jsonb) returns public.device_log
language sql stable set search_path = '' as $$
  select p_user_id, e.number, e.previous, e.change, e.device_id, e.public_key, e.made_at, e.signature,
    sha256(private.statement('mls-chat device log v1', convert_to(p_user_id, 'UTF8'),
      convert_to(e.number::text, 'UTF8'), e.previous, convert_to(e.change, 'UTF8'),
      convert_to(e.device_id::text, 'UTF8'), e.public_key, convert_to(e.made_at::text, 'UTF8')))
  from (
    select j.number, decode(j.previous, 'base64') as previous, j.change, j.device_id,
      decode(j.device_public_key, 'base64') as public_key, j.made_at, decode(j.signature, 'base64') as signature
    from jsonb_to_record(p_entry) j (
      number bigint, previous text, change text, device_id uuid, device_public_key text, made_at bigint, signature text
    )) e
$$;

-- Entries above p_since as they are served.
create function private.device_log_page(p_user_id text, p_since bigint, p_limit int) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'number', l.number, 'previous', private.b64(l.previous), 'change', l.change, 'device_id', l.device_id,
    'device_public_key', private.b64(l.device_public_key), 'made_at', l.made_at,
    'signature', private.b64(l.signature)) order by l.number), '[]')
  from (
    select * from public.device_log x where x.user_id = p_user_id and x.number > p_since
    order by x.number limit p_limit) l
$$;

create function private.device_log_head(p_user_id text) returns bigint
language sql stable set search_path = '' as $$
  select coalesce(max(l.number), 0) from public.device_log l where l.user_id = p_user_id
$$;

-- The caller holds the lock on the account's row: one entry follows another.
create function private.device_log_append(p_entry public.device_log) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_head constant bigint := private.device_log_head(p_entry.user_id);
  v_digest constant bytea := coalesce((
    select l.digest from public.device_log l where l.user_id = p_entry.user_id and l.number = v_head),
    decode(repeat('00', 32), 'hex'));
begin
  if (p_entry.number, p_entry.previous) is distinct from (v_head + 1, v_digest) then
    perform private.refuse(409, 'log_conflict', 'the device log of this account ends with another entry',
      jsonb_build_object('number', v_head));
  end if;
  insert into public.device_log select (p_entry).*;
end $$;

-- Tells the account's other devices and the groups that they are in. A notification holds at most 8000 bytes.
create function private.devices_ring(p_user_id text) returns void
language sql volatile set search_path = '' as $$
  select private.bell('devices', jsonb_build_object('user_id', p_user_id, 'group_ids', part.ids))
  from (
    select coalesce(jsonb_agg(g.group_id order by g.group_id) filter (where g.group_id is not null), '[]') as ids
    from (select 1) always left join (
      select m.group_id, (dense_rank() over (order by m.group_id) - 1) / 100 as place
      from public.group_members m where m.user_id = p_user_id and m.left_seq is null group by m.group_id
    ) g on true
    group by g.place) part
$$;
