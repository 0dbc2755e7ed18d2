import { randomBytes } from 'node:crypto'
import type { System } from './system.ts'
import { call } from './team.ts'

const key = (prefix: string, bytes: number): string => `${prefix}_${randomBytes(bytes).toString('base64')}`

/** Arguments of `recto.create_webhook` and `recto.rotate_webhook_secret`: keys of the right form that sign nothing. */
export const newKeys = (): string[] => [key('whsec', 32), key('whsk', 64), key('whpk', 32)]

type Options = { url?: string; events?: string[] }

const allEvents = ['generation.succeeded', 'generation.failed', 'generation.cancelled', 'budget.alert']

/** Adds a webhook to an account as one of its people would through the API, without judging its URL. Returns its id. */
export const addWebhook = async (
  system: Pick<System, 'supabase'>,
  personId: string,
  account: string,
  { url = 'https://receiver.example/hooks', events = allEvents }: Options = {},
): Promise<string> =>
  String(
    await call(system, personId, `recto.create_webhook($1, $2, $3, 'Of a test', $4, $5, $6)`, [
      account,
      url,
      events,
      ...newKeys(),
    ]),
  )
