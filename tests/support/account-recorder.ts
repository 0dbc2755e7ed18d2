import { deploymentAccount } from '@recto/shared/account-id'
import type pg from 'pg'

/**
 * Triggers that record each statement by which an API or worker process writes a row of another account than its
 * transaction names. A transaction that names an exception (`AcrossAccounts`) is not recorded, nor are writes through
 * PostgREST or by a test itself.
 */
const installation = `
  create schema recorder;
  create table recorder.violations (process text, tables text, named text, touched text, statement text);
  create function recorder.is_recorded() returns boolean language sql stable as $$
    select current_setting('application_name') ~ '^recto_' and coalesce(current_setting('recto.across_accounts', true), '') = ''
  $$;
  do $$
  declare
    tables record;
    event text;
    -- Each table has a function of its own, because Postgres plans its statement once and not at each write.
    body constant text := $body$
      declare
        named constant text := coalesce(current_setting('recto.account', true), '');
        touched text;
      begin
        if not recorder.is_recorded() then return null; end if;
        select string_agg(distinct account::text, ', ') into touched from (select %s as account from written r) as found
          where account <> '${deploymentAccount}' and account::text <> named;
        if touched is not null then
          insert into recorder.violations
            values (current_setting('application_name'), tg_relid::regclass::text, named, touched, left(current_query(), 200));
        end if;
        return null;
      end
    $body$;
  begin
    for tables in
      select c.table_schema as schema, c.table_name as name, 'r.account_id' as account
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema in ('public', 'recto') and c.column_name = 'account_id' and t.table_type = 'BASE TABLE'
      union all values
        ('public', 'accounts', 'r.id')
    loop
      execute format('create function recorder.%I() returns trigger language plpgsql security definer set search_path = '''' as %L',
        tables.name, format(body, tables.account));
      foreach event in array array['insert', 'update', 'delete'] loop
        execute format('create trigger %I after %s on %I.%I referencing %s table as written
            for each statement execute function recorder.%I()',
          'recorder_' || event, event, tables.schema, tables.name, case event when 'delete' then 'old' else 'new' end,
          tables.name);
      end loop;
    end loop;
  end
  $$`

export type AccountRecorder = {
  /** What was recorded since the last call of this function, one line per statement. */
  violations(): Promise<string[]>
}

/** Starts recording in a database. `admin` is its superuser. See docs/adr/0013. */
export const recordAccounts = async (admin: pg.Pool): Promise<AccountRecorder> => {
  await admin.query(installation)
  return {
    violations: async () => {
      const { rows } = await admin.query<Record<string, string>>('delete from recorder.violations returning *')
      return rows.map(
        ({ process, tables, named, touched, statement }) =>
          `${process} wrote rows of ${touched} in ${tables}, within ${named || 'no account'}: ${statement}`,
      )
    },
  }
}
