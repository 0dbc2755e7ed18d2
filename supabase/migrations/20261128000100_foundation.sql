-- Helpers and locks that several features use. Functions that run with every call or submission are plpgsql, because
-- plpgsql keeps the plan of its statements, while a function in SQL that cannot be inlined is planned for each call.

-- Spending of all accounts together is kept under this account id.
create function recto.deployment_account() returns uuid language plpgsql immutable set search_path = ''
as $$ begin return '00000000-0000-0000-0000-000000000000'; end $$;

-- What is left of erased people belongs to this account id, which all of them share.
create function recto.erased_account() returns uuid language sql immutable set search_path = ''
as $$ select 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid $$;

-- Months are calendar months in UTC, named by their first day.
create function recto.month_of(at timestamptz) returns date language plpgsql immutable set search_path = ''
as $$ begin return date_trunc('month', at at time zone 'UTC'); end $$;

-- Seconds until the month is over, at least 1.
create function recto.seconds_left_in_month(in_month date) returns integer language plpgsql stable set search_path = ''
as $$
begin
  return greatest(1, ceil(extract(epoch from (in_month + interval '1 month') at time zone 'UTC' - clock_timestamp())));
end
$$;

-- A sum that no integer can hold is as much as it can. No sum is none, where `least` alone would make the largest of it.
create function recto.as_integer(sum bigint) returns integer language plpgsql immutable strict set search_path = ''
as $$ begin return least(sum, 2147483647); end $$;

revoke all on function recto.deployment_account(), recto.erased_account(), recto.month_of(timestamptz),
  recto.seconds_left_in_month(date), recto.as_integer(bigint) from public;
grant execute on function recto.as_integer(bigint) to recto_worker;

-- Named locks, each held until the end of its transaction. A transaction takes locks in this order, and takes none
-- before one that it holds already. Of several rows in one table, a transaction locks the one with the smallest key
-- first: lock_generations, lock_spending and delete_invitations do so. Where a lock is tried or its row skipped, nothing
-- waits, so those may come in any order.
--   1. roll-up, retention, unblocking, recovery, alerts: tried, never waited for
--   2. the row of a person in auth.users, when it is deleted; shared, when the person reviews, or adds or tests a webhook
--   3. erasure of a person, of one person per transaction; shared, when the person writes new rows
--   4. team creation of a person; the rows of teams in public.accounts, shared by who uses a webhook of the team; the
--      changes of a person; memberships; invitations; the webhooks of a team that is closed, for whose rows nobody waits
--      who holds anything of what follows
--   5. admission of an account
--   6. generations, then their suggestions, findings and cache entries, then cards, then many new cards of a person, then the
--      schedules of cards
--   7. calls
--   8. the deployment's spending: the lock, its row in recto.spending, then the rows of accounts
--   9. active jobs of the queue of generations
--  10. webhooks of an account, then a webhook's row, then its deliveries, then their jobs
-- lock_place holds nothing else and waits for two seconds at most, so that share_place may come anywhere.
-- A foreign key to auth.users locks the person's row last, where only a deletion holds it up, and lock_anonymity does so
-- behind the admission. Therefore accept_invitation writes its membership before it locks the invitation, which the
-- deletion goes on to.

create function recto.try_lock_roll_up() returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.usage', 0)); end $$;

create function recto.try_lock_retention() returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.retain', 0)); end $$;

create function recto.try_lock_unblocking() returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.reopen', 0)); end $$;

create function recto.try_lock_recovery() returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.recovery', 0)); end $$;

create function recto.try_lock_alerts() returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.alerts', 0)); end $$;

create function recto.lock_team_creation(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(person::text, 7)); end $$;

-- The API process of a person and a worker may be erasing at the same time: one waits for the other.
create function recto.lock_erasure(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('recto.erase ' || person, 0)); end $$;

create function recto.try_lock_erasure(person uuid) returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.erase ' || person, 0)); end $$;

create function recto.share_erasure(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('recto.erase ' || person, 0)); end $$;

create function recto.try_share_erasure(person uuid) returns boolean language plpgsql set search_path = ''
as $$ begin return pg_catalog.pg_try_advisory_xact_lock_shared(pg_catalog.hashtextextended('recto.erase ' || person, 0)); end $$;

create function recto.lock_changes(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(person::text, 10)); end $$;

create function recto.lock_admission(account uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(account::text, 429)); end $$;

create function recto.lock_webhooks(account uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(account::text, 8)); end $$;

create function recto.lock_many_cards(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(person::text, 9)); end $$;

-- Whoever writes the first row of a person shares this lock, and who chooses the person's cell holds it alone: one of them
-- sees what the other has done.
create function recto.share_place(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended(person::text, 38)); end $$;

create function recto.lock_place(person uuid) returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(person::text, 38)); end $$;

-- Every call that is reserved or settled shares this lock. Only start_deployment_spending holds it alone.
create function recto.share_deployment_spending() returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock_shared(429, 402); end $$;

create function recto.lock_deployment_spending() returns void language plpgsql set search_path = ''
as $$ begin perform pg_catalog.pg_advisory_xact_lock(429, 402); end $$;

revoke all on function recto.try_lock_roll_up(), recto.try_lock_retention(), recto.try_lock_unblocking(), recto.try_lock_recovery(), recto.try_lock_alerts(),
  recto.lock_team_creation(uuid), recto.lock_erasure(uuid), recto.try_lock_erasure(uuid), recto.share_erasure(uuid), recto.try_share_erasure(uuid),
  recto.lock_changes(uuid),
  recto.lock_admission(uuid), recto.lock_webhooks(uuid), recto.lock_many_cards(uuid),
  recto.share_place(uuid), recto.lock_place(uuid), recto.share_deployment_spending(), recto.lock_deployment_spending() from public;
grant execute on function recto.try_lock_recovery() to recto_worker;

-- Raises 25000 outside of read committed: an older snapshot would not show what other transactions counted while this
-- one waited for its lock.
create function recto.require_read_committed() returns void language plpgsql stable set search_path = ''
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
end
$$;
revoke all on function recto.require_read_committed() from public;
