-- How a new device and one that is in meet: the new one shows a code, under which each leaves one thing for the other.
-- Who may answer is decided by what the devices check, not here: an answer is sealed to the key in the offer.

create function private.require_link(p_code text) returns public.links
language plpgsql volatile set search_path = '' as $$
declare
  v_link public.links;
begin
  select * into v_link from public.links l where l.code = p_code and l.expires_at > now() for no key update;
  if not found then
    perform private.refuse(404, 'link_unknown', 'no device waits under this code');
  end if;
  return v_link;
end $$;

create function public.link_offer(p_code text, p_offer bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.require(p_code ~ '^[0-9A-HJKMNP-TV-Z]{20}$', 'code must be 20 characters of Crockford''s base32');
  perform private.require(octet_length(p_offer) between 1 and 16384, 'offer must have 1 to 16384 bytes');
  delete from public.links where expires_at <= now();
  insert into public.links (code, offer, expires_at) values (p_code, p_offer, now() + interval '900 seconds')
  on conflict do nothing;
  if (select l.offer from public.links l where l.code = p_code) is distinct from p_offer then
    perform private.refuse(409, 'link_taken', 'another device waits under this code');
  end if;
  return '{}';
end $$;

create function public.link_look(p_code text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
begin
  return jsonb_build_object('offer', private.b64((private.require_link(p_code)).offer));
end $$;

create function public.link_answer(p_code text, p_sealed bytea) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_me public.devices := private.require_device();
  v_link constant public.links := private.require_link(p_code);
begin
  perform private.require(octet_length(p_sealed) between 1 and 16384, 'sealed must have 1 to 16384 bytes');
  if v_link.sealed <> p_sealed then
    perform private.refuse(409, 'link_taken', 'this device was answered already');
  end if;
  update public.links set sealed = p_sealed where code = p_code and sealed is null;
  return '{}';
end $$;

create function public.link_poll(p_code text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
begin
  return jsonb_build_object('sealed', private.b64((private.require_link(p_code)).sealed));
end $$;

grant execute on function public.link_offer(text, bytea), public.link_poll(text) to anon, authenticated;
grant execute on function public.link_look(text), public.link_answer(text, bytea) to authenticated;
