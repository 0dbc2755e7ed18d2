import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { System } from './system.ts'
import { call } from './team.ts'

/** Keys as the API makes them: those of `recto.create_webhook` and `recto.rotate_webhook_secret`, in their order. */
export const newKeys = (): [secret: string, privateKey: string, publicKey: string] => {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, publicKey] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  return [
    `whsec_${randomBytes(32).toString('base64')}`,
    `whsk_${Buffer.concat([seed, publicKey]).toString('base64')}`,
    `whpk_${publicKey.toString('base64')}`,
  ]
}

type Options = { url?: string; events?: string[]; keys?: string[] }

const allEvents = ['generation.succeeded', 'generation.failed', 'generation.cancelled', 'budget.alert']

/** Adds a webhook to an account as one of its people would through the API, without judging its URL. Returns its id. */
export const addWebhook = async (
  system: Pick<System, 'supabase'>,
  personId: string,
  account: string,
  { url = 'https://receiver.invalid/hooks', events = allEvents, keys = newKeys() }: Options = {},
): Promise<string> => {
  const values = [account, url, events, ...keys]
  return String(await call(system, personId, `recto.create_webhook($1, $2, $3, 'Of a test', $4, $5, $6)`, values))
}
