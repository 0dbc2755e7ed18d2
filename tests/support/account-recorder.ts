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
  create function recorder.check_account() returns trigger
    language plpgsql security definer set search_path = ''
  as $$
  declare
    named constant text := coalesce(current_setting('recto.account', true), '');
    touched text;
  begin
    if current_setting('application_name') !~ '^recto_' or coalesce(current_setting('recto.across_accounts', true), '') <> '' then
      return null;
    end if;
    execute format('select string_agg(distinct account::text, '', '') from (select %s as account from written r) as found
      where account <> %L and account::text <> %L', tg_argv[0], '${deploymentAccount}', named) into touched;
    if touched is not null then
      insert into recorder.violations
        values (current_setting('application_name'), tg_relid::regclass::text, named, touched, left(current_query(), 200));
    end if;
    return null;
  end
  $$;
  do $$
  declare
    tables record;
    event text;
  begin
    for tables in
      select c.table_schema as schema, c.table_name as name, 'r.account_id' as account
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema in ('public', 'recto') and c.column_name = 'account_id' and t.table_type = 'BASE TABLE'
      union all values
        ('public', 'accounts', 'r.id')
    loop
      foreach event in array array['insert', 'update', 'delete'] loop
        execute format('create trigger %I after %s on %I.%I referencing %s table as written
            for each statement execute function recorder.check_account(%L)',
          'recorder_' || event, event, tables.schema, tables.name, case event when 'delete' then 'old' else 'new' end,
          tables.account);
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
