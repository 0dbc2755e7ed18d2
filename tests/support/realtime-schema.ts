/**
 * The schema `realtime` as Supabase's Realtime makes it (lib/realtime/tenants/repo/migrations in supabase/realtime), as
 * far as messages of the database go through it: a table with row security, partitioned by day, and the two functions.
 */
export const realtimeSchema = (owner: 'postgres' | 'supabase_admin') => `
  create schema realtime;
  create table realtime.messages (
    topic text not null,
    extension text not null,
    payload jsonb,
    event text,
    private boolean default false,
    updated_at timestamp not null default now(),
    inserted_at timestamp not null default now(),
    id uuid not null default gen_random_uuid(),
    primary key (id, inserted_at)
  ) partition by range (inserted_at);
  create table realtime.messages_today partition of realtime.messages
    for values from (current_date - 1) to (current_date + 2);
  alter table realtime.messages enable row level security;
  grant usage on schema realtime to postgres, anon, authenticated, service_role;
  grant select, insert, update on realtime.messages to postgres, anon, authenticated, service_role;

  create function realtime.topic() returns text language sql stable as
    $$ select nullif(current_setting('realtime.topic', true), '')::text $$;

  create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
    language plpgsql as $$
  declare
    generated_id uuid := gen_random_uuid();
  begin
    if not payload ? 'id' then
      payload := jsonb_set(payload, '{id}', to_jsonb(generated_id));
    end if;
    begin
      execute format('set local realtime.topic to %L', topic);
      insert into realtime.messages (id, payload, event, topic, private, extension)
        values (generated_id, payload, event, topic, private, 'broadcast');
    exception when others then
      raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
    end;
  end
  $$;
  alter table realtime.messages owner to ${owner};
`
