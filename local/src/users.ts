import type { Pool } from 'pg'
import { z } from 'zod'

const User = z.looseObject({
  id: z.string(),
  email: z.string().nullable(),
  is_anonymous: z.boolean(),
  app_metadata: z.record(z.string(), z.unknown()),
  user_metadata: z.record(z.string(), z.unknown()),
})
export type User = z.infer<typeof User>
const Credentials = z.object({ id: z.string(), stored: z.string().nullable() })

// Supabase Auth's API has other names for these columns of auth.users.
const userSql = `
  select id, aud, role, email, email_confirmed_at, coalesce(phone, '') as phone, confirmed_at, last_sign_in_at,
         raw_app_meta_data as app_metadata, raw_user_meta_data as user_metadata, '[]'::jsonb as identities,
         created_at, updated_at, is_anonymous
  from auth.users where id = $1 and deleted_at is null`

/** The user of an id, as Supabase Auth answers it; undefined when there is none. */
export const findUser = async (db: Pool, id: string): Promise<User | undefined> => {
  const { rows } = await db.query({ name: 'user', text: userSql, values: [id] })
  return rows[0] === undefined ? undefined : User.parse(rows[0])
}

/** The id and the hashed password of an address. */
export const findCredentials = async (db: Pool, email: string): Promise<z.infer<typeof Credentials> | undefined> => {
  const text = 'select id, encrypted_password as stored from auth.users where email = $1 and deleted_at is null'
  const { rows } = await db.query({ name: 'credentials', text, values: [email] })
  return rows[0] === undefined ? undefined : Credentials.parse(rows[0])
}

const byEmail = { provider: 'email', providers: ['email'] }

export type UserFields = { email: string | null; password: string | null; metadata: Record<string, unknown> }

/**
 * Adds a user, anonymous without an address, and answers the id.
 * @throws the database's error 23505 when somebody has the address
 */
export const addUser = async (db: Pool, { email, password, metadata }: UserFields): Promise<string> => {
  const provider = email === null ? {} : byEmail
  const { rows } = await db.query(
    `insert into auth.users (email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, is_anonymous)
     values ($1::text, $2, case when $1::text is not null then now() end, $3, $4, $1::text is null) returning id`,
    [email, password, JSON.stringify(provider), JSON.stringify(metadata)],
  )
  return z.object({ id: z.string() }).parse(rows[0]).id
}

/** The hashed password of a user; null for one without a password. */
export const findPassword = async (db: Pool, id: string): Promise<string | null> => {
  const { rows } = await db.query('select id, encrypted_password as stored from auth.users where id = $1', [id])
  return rows[0] === undefined ? null : Credentials.parse(rows[0]).stored
}

/**
 * Changes what is not null. Metadata is merged into what is there, and a key with the value null is removed. A user with
 * an address is not anonymous.
 * @throws the database's error 23505 when somebody has the address
 */
export const updateUser = async (db: Pool, id: string, { email, password, metadata }: UserFields): Promise<void> => {
  const removed = Object.keys(metadata).filter((key) => metadata[key] === null)
  await db.query(
    `update auth.users set updated_at = now(), encrypted_password = coalesce($3, encrypted_password),
       raw_user_meta_data = (coalesce(raw_user_meta_data, '{}') || $4::jsonb) - $5::text[], email = coalesce($2, email),
       email_confirmed_at = case when $2::text is null then email_confirmed_at else now() end,
       raw_app_meta_data = case when $2::text is null then raw_app_meta_data else raw_app_meta_data || $6::jsonb end,
       is_anonymous = is_anonymous and $2::text is null
     where id = $1`,
    [id, email, password, JSON.stringify(metadata), removed, JSON.stringify(byEmail)],
  )
}

/** Records that a user has signed in. */
export const recordSignIn = async (db: Pool, id: string): Promise<void> => {
  await db.query('update auth.users set last_sign_in_at = now() where id = $1', [id])
}
