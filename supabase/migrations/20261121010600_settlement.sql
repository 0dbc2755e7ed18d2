-- Late settlement: what a call cost is asked of the provider when its answer did not say, or its worker died.

grant select (finished_at, cost_source, model_served) on public.ai_calls to recto_worker;

-- A worker aborts the calls of a generation that was cancelled or deleted, and books them, within a second or two. What is
-- unfinished after 15 s had a worker that is dead, and should not wait for the longest that a request may take.
create function recto.settle_calls_soon() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  update public.ai_calls set settle_after = least(settle_after, clock_timestamp() + interval '15 seconds')
    where generation_id = old.id and outcome is null;
  return old;
end
$$;
revoke all on function recto.settle_calls_soon() from public;

create trigger settle_calls_of_cancelled after update of status on public.ai_generations
  for each row when (new.status = 'cancelled') execute function recto.settle_calls_soon();
create trigger settle_calls_of_deleted before delete on public.ai_generations
  for each row when (old.finished_at is null or old.status = 'cancelled') execute function recto.settle_calls_soon();

comment on table public.ai_calls is 'One row per provider request, failed ones too. outcome is null while it runs, until it is settled if its worker died. Never a key or a prompt.';
