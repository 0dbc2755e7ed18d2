-- Supabase Realtime tells a frontend of the changes to the tables of its publication, as far as row level security shows
-- them to the person. Nothing happens in a database without the publication, or with one that has all tables, or with
-- one that belongs to a role which is not this one: then its owner adds the table.
do $$
begin
  if exists (
    select from pg_publication p
    where p.pubname = 'supabase_realtime' and not p.puballtables and pg_has_role(p.pubowner, 'usage')
      and not exists (
        select from pg_publication_tables t
        where t.pubname = p.pubname and t.schemaname = 'public' and t.tablename = 'ai_generations'
      )
  ) then
    alter publication supabase_realtime add table public.ai_generations;
  end if;
end
$$;
