import { createHash } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'

export type Person = { id: string; email: string }

// A fixed namespace makes the same name the same person on every machine.
const namespace = Buffer.from('7e2f0a52c4b14a5d9d3c5d1d0c9a6b11', 'hex')

/** The uuid v5 of a name. */
const uuidOfName = (name: string): string => {
  const bytes = createHash('sha1').update(namespace).update(name.normalize('NFC')).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * The person with a uuid, or the person whose uuid is derived from a name.
 * @throws Error when the name is blank
 */
export const personOf = (nameOrId: string): Person => {
  const name = nameOrId.trim()
  if (name === '') throw new Error('a person needs a name or a uuid')
  if (z.guid().safeParse(name).success) return { id: name.toLowerCase(), email: `${name.toLowerCase()}@recto.test` }
  const id = uuidOfName(name)
  if (name.includes('@')) return { id, email: name.toLowerCase() }
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-')
  return { id, email: `${plain}.${id.slice(0, 4)}@recto.test` }
}

/** Adds a person to auth.users if missing. `db` needs a role that may insert there. */
export const addPerson = async (db: ClientBase | Pool, nameOrId: string): Promise<Person> => {
  const person = personOf(nameOrId)
  await db.query(
    `insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
     values ($1, 'authenticated', 'authenticated', $2, now(), '{"provider": "email", "providers": ["email"]}', '{}')
     on conflict (id) do nothing`,
    [person.id, person.email],
  )
  return person
}
