import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { writePrivate } from './home.ts'
import { createSigningKeys, signingKeysSchema } from './signing-keys.ts'

const secretsSchema = z.object({
  publishable_key: z.string(),
  passwords: z.object({
    supabase_admin: z.string(),
    postgres: z.string(),
    authenticator: z.string(),
    supabase_auth_admin: z.string(),
    recto_api: z.string(),
    recto_worker: z.string(),
  }),
  keys: signingKeysSchema,
})

/** The secrets of one local system: the publishable key, passwords of database roles, signing keys. */
export type Secrets = z.infer<typeof secretsSchema>

const random = () => randomBytes(24).toString('base64url')

/** Reads the secrets of a home. The first start creates them in a file that only its owner can read. */
export const loadSecrets = async (file: string): Promise<Secrets> => {
  if (existsSync(file)) return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const secrets: Secrets = {
    publishable_key: `sb_publishable_${random()}`,
    passwords: {
      supabase_admin: random(),
      postgres: random(),
      authenticator: random(),
      supabase_auth_admin: random(),
      recto_api: random(),
      recto_worker: random(),
    },
    keys: await createSigningKeys(),
  }
  writePrivate(file, secrets)
  return secrets
}

/** The connection string of a role. */
export const databaseUrl = (secrets: Secrets, role: keyof Secrets['passwords'], port: number): string =>
  `postgresql://${role}:${secrets.passwords[role]}@127.0.0.1:${port}/postgres`
