-- Schema private holds what no client may call; nothing is granted that a later file does not grant by name.
create schema private;

alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

-- The edge functions log in as this role and become anon or authenticated in each transaction;
-- of its own it may only call private.auth_*.
create role mls_chat_functions login noinherit;
grant anon, authenticated to mls_chat_functions;

-- The delivery service logs in as this role; it gets single functions, never a table.
create role mls_chat_delivery login noinherit;

grant usage on schema private to mls_chat_functions, mls_chat_delivery;
grant usage on schema public to anon, authenticated;

-- A refusal: SQLSTATE PTnnn is the HTTP status, MESSAGE the code of ERRORS.md, DETAIL a sentence, HINT facts as JSON.
create function private.refuse(p_status int, p_code text, p_detail text, p_facts jsonb default null) returns void
language plpgsql immutable set search_path = '' as $$
begin
  raise exception using
    errcode = 'PT' || p_status, message = p_code, detail = p_detail, hint = coalesce(p_facts::text, '');
end $$;

-- Refuses a call whose arguments are out of bounds; null counts as out of bounds.
create function private.require(p_holds boolean, p_detail text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if p_holds is not true then
    perform private.refuse(400, 'bad_request', p_detail);
  end if;
end $$;

create function private.ms(p_time timestamptz) returns bigint
language sql immutable set search_path = '' return floor(extract(epoch from p_time) * 1000)::bigint;

create function private.b64(p_bytes bytea) returns text
language sql immutable set search_path = '' return translate(encode(p_bytes, 'base64'), E'\n', '');

-- The id of an account proves its key.
create function private.user_id_of(p_public_key bytea) returns text
language sql immutable set search_path = ''
return translate(rtrim(private.b64(sha256(p_public_key)), '='), '+/', '-_');

-- Rings when the transaction commits; the delivery service listens.
create function private.bell(p_kind text, p_facts jsonb) returns void
language sql volatile set search_path = ''
return pg_notify('mls_chat', (jsonb_build_object('kind', p_kind) || p_facts)::text);
