-- What a person writes while their data is erased.

-- Keeps an erasure of the person waiting until the end of this transaction, so that it finds what is written here.
-- Raises PT409 for a transaction that began before an erasure was over: nothing arrives behind it. An erasure notes its
-- time before it commits, so one that was waited for is over later than that. Workers may go on with an old one, which
-- refuses nothing. No person: an operator writes.
create function recto.hold_off_erasure(person uuid) returns void
  language plpgsql set search_path = ''
as $$
declare
  has_waited constant boolean := not recto.try_share_erasure(person);
begin
  if person is null then
    return;
  end if;
  if has_waited then
    perform recto.share_erasure(person);
  end if;
  if exists (
    select from recto.erasures e
    where e.person = hold_off_erasure.person and e.asked_at >= now() - case when has_waited then interval '10 seconds' else interval '0' end
  ) then
    raise exception 'the data of this person was being erased' using errcode = 'PT409', detail = 'erased';
  end if;
end
$$;

create function recto.hold_off_erasure_of_caller() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.hold_off_erasure((select auth.uid()));
  return null;
end
$$;
create trigger hold_off_erasure before insert on public.cards
  for each statement execute function recto.hold_off_erasure_of_caller();
revoke all on function recto.hold_off_erasure(uuid), recto.hold_off_erasure_of_caller() from public;
