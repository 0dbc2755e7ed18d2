import { readFileSync } from 'node:fs'
import { Client, escapeLiteral } from 'pg'
import { databaseUrl, type Secrets } from './secrets.ts'

// The login roles that bootstrap.sql creates. The migrations create the roles of Recto's processes.
const logins = ['postgres', 'authenticator', 'supabase_auth_admin'] as const

/** Gives an empty database what a new Supabase project has: roles, schemas, auth.users, auth.uid() and more. */
export const bootstrap = async (secrets: Secrets, port: number): Promise<void> => {
  const sql = readFileSync(new URL('./bootstrap.sql', import.meta.url), 'utf8')
  const passwords = logins.map((role) => `alter role ${role} password ${escapeLiteral(secrets.passwords[role])}`)
  const client = new Client({ connectionString: databaseUrl(secrets, 'supabase_admin', port) })
  await client.connect()
  try {
    await client.query(['begin', sql, ...passwords, 'commit'].join(';\n'))
  } finally {
    await client.end()
  }
}
