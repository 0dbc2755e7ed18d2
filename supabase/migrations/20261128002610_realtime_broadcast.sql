-- Supabase Realtime also sends messages that the database writes. Where it does, each change of a generation's status or
-- attempt is sent to the private topic of its person, `recto:<user id>`. Nothing happens in a database without
-- realtime.send. The file may be run again where Realtime is added later.
do $migration$
begin
  if not exists (
    select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'realtime' and p.proname = 'send' and oidvectortypes(p.proargtypes) = 'jsonb, text, text, boolean'
      and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
  ) then
    return;
  end if;

  -- No message ends a commit or holds it up: a lock that somebody else has on the messages is not waited for.
  create or replace function recto.broadcast_status() returns trigger
    language plpgsql security definer set search_path = '' set lock_timeout = '100ms'
  as $function$
  begin
    perform realtime.send(
      jsonb_build_object('generation_id', new.id, 'status', new.status, 'attempts', new.attempts,
        'suggestions_count', new.suggestions_count, 'error_code', new.error ->> 'code', 'finished_at', new.finished_at),
      'status', 'recto:' || new.user_id, true);
    return null;
  exception when others then
    raise warning 'the status of generation % was not sent: %', new.id, sqlerrm;
    return null;
  end
  $function$;
  revoke all on function recto.broadcast_status() from public;
  comment on function recto.broadcast_status is 'Tells Supabase Realtime about the status of a generation. It has no text.';
  create or replace trigger broadcast_status after update of status, attempts on public.ai_generations
    for each row when ((old.status, old.attempts) is distinct from (new.status, new.attempts))
    execute function recto.broadcast_status();

  -- Hosted projects let the role of the migrations make policies for this table, which it does not own, but not always,
  -- and no comments on them.
  drop policy if exists "people receive the status of their generations" on realtime.messages;
  create policy "people receive the status of their generations" on realtime.messages for select to authenticated
    using (extension = 'broadcast' and (select realtime.topic()) = 'recto:' || (select auth.uid())::text);
  -- A policy of the app for all topics opens these to nobody else, and only the database sends to them.
  drop policy if exists "topics of Recto are private" on realtime.messages;
  create policy "topics of Recto are private" on realtime.messages as restrictive for all to anon, authenticated
    using (coalesce((select realtime.topic()), '') not like 'recto:%'
      or (select realtime.topic()) = 'recto:' || (select auth.uid())::text)
    with check (coalesce((select realtime.topic()), '') not like 'recto:%');
exception when insufficient_privilege then
  raise warning 'Realtime sends no status of generations: %. Run this file in the SQL editor', sqlerrm;
end
$migration$;
