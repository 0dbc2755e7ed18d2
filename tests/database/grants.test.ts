import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

/** The rows of a query with one column, as an array of its values. */
const list = async (sql: string): Promise<string[]> => {
  const { rows } = await system.admin.query<string[]>({ text: sql, rowMode: 'array' })
  return rows.map(([value = '']) => value)
}

const page = readFileSync(new URL('../../docs/grants.md', import.meta.url), 'utf8')

const namesIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

/**
 * The grants that a section of docs/grants.md lists: those of its table, and the names in the list of functions below
 * it. A grant on single columns is one for each column.
 */
const grantsOf = (section: string): string[] => {
  const [role = ''] = namesIn(section)
  const [upper = '', functions = ''] = section.split('\nMay execute:\n')
  const rows = [...upper.matchAll(/^\| (\w+) `([^`]+)` \| ([a-z, ]+) \| (.*?) ?\|$/gm)]
  const onObjects = rows.flatMap(([, kind = '', name = '', privileges = '', columns = '']) =>
    privileges.split(', ').flatMap((privilege) => {
      const grant = `${role}: ${privilege} ${kind} ${name}`
      return columns === 'all' || columns === '' ? [grant] : namesIn(columns).map((column) => `${grant} (${column})`)
    }),
  )
  return [...onObjects, ...namesIn(functions).map((name) => `${role}: execute function ${name}`)]
}

const documented = page
  .split(/^## (?=`)/m)
  .slice(1)
  .flatMap(grantsOf)

// What Supabase puts into a project besides is not Recto's to list, but for what it gives to a role of Recto.
const grantee = `coalesce(nullif(acl.grantee, 0)::regrole::text, 'public')`
const listed = (namespace: string) =>
  `(${namespace}::regnamespace::text in ('public', 'recto', 'recto_requests', 'operator', 'pgboss', 'supabase_migrations')
    or ${grantee} like 'recto\\_%')`
const notOwner = `${grantee} not in ('postgres', 'supabase_admin', 'pg_database_owner')`
/** Says a privilege, and whether the role may pass it on. */
const privilege = `${grantee} || ': ' || lower(acl.privilege_type) || case when is_grantable then ' with grant option' else '' end`

const onSchemas = `
  select ${privilege} || ' schema ' || nspname from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) acl
  where ${listed('pg_namespace.oid')} and ${notOwner}`
// pg-boss adds a partition of its statistics each day.
const relations = `relname !~ '^queue_stats_\\d' and ${listed('relnamespace')} and ${notOwner}`
const kind = `case relkind when 'v' then ' view ' when 'S' then ' sequence ' else ' table ' end`
const onRelations = `
  select ${privilege} || ${kind} || c.oid::regclass from pg_class c, aclexplode(relacl) acl where ${relations}`
const onColumns = `
  select ${privilege} || ${kind} || c.oid::regclass || ' (' || attname || ')'
  from pg_class c join pg_attribute on attrelid = c.oid, aclexplode(attacl) acl where ${relations}`
const onFunctions = `
  select ${privilege} || ' function ' || p.oid::regproc
  from pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) acl
  where ${listed('pronamespace')} and ${notOwner}`
const memberships = `
  select member::regrole || ': become' || case when admin_option then ' with admin option' else '' end
    || case when inherit_option then ' by inheritance' else '' end || ' role ' || roleid::regrole
  from pg_auth_members where member::regrole::text ~ '^(recto_|anon|authenticated|service_role)'`

describe('docs/grants.md', () => {
  it('lists every grant of every role in the database, and no other', async () => {
    const granted = await list([onSchemas, onRelations, onColumns, onFunctions, memberships].join(' union all '))
    expect(documented.length).toBeGreaterThan(300)
    expect(documented.toSorted()).toEqual(granted.toSorted())
  })

  it('says of every role why it has its grants', async () => {
    const roles = await list(`select rolname::text from pg_roles where rolname like 'recto\\_%' order by 1`)
    const sections = page.split(/^## (?=`)/m).slice(1)
    const reasons = sections.map((section) => ({ role: namesIn(section)[0], reason: section.split('\n')[2] ?? '' }))
    expect(reasons.map(({ role }) => role)).toEqual(expect.arrayContaining(roles))
    for (const { role, reason } of reasons) expect(reason, role).toMatch(/^[A-Z].{40,}/)
  })
})
