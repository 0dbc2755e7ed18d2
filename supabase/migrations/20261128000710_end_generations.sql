-- A person ends a generation by cancelling or deleting it. Both notify the workers, so that a running call is aborted
-- at once.
create function recto.cancel_generation(generation_id uuid) returns boolean
  language plpgsql security definer set search_path = ''
as $$
begin
  update public.ai_generations
    set status = 'cancelled', finished_at = clock_timestamp(), ai_metadata = ai_metadata - 'waiting'
    where id = generation_id and user_id = (select auth.uid()) and status in ('pending', 'running');
  if found then
    perform pg_notify('recto_cancel', generation_id::text);
  end if;
  return found;
end
$$;
comment on function recto.cancel_generation is 'Cancels a live generation of the caller. False when there is none.';

create function recto.delete_generation(generation_id uuid) returns boolean
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.ai_generations where id = generation_id and user_id = (select auth.uid());
  if found then
    perform pg_notify('recto_cancel', generation_id::text);
  end if;
  return found;
end
$$;
comment on function recto.delete_generation is
  'Deletes a generation of the caller with its suggestions and findings. False when there is none.';

revoke all on function recto.cancel_generation(uuid), recto.delete_generation(uuid) from public;
grant execute on function recto.cancel_generation(uuid), recto.delete_generation(uuid) to authenticated;
