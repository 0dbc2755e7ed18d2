import { until } from '@recto/local/until'
import type { ApiPerson } from '../api/api-system.ts'
import { createTeam } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'
import { makeGeneration, type TwoCells } from './two-cells.ts'

/** Two people of a team in the home cell, who have used what leaves rows. `ids`: all that belongs together. */
export type UsedTeam = { ann: ApiPerson; bob: ApiPerson; team: string; ids: string[] }

export const startTeam = async (cells: TwoCells): Promise<UsedTeam> => {
  const { admin } = cells.home
  const [ann, bob] = [await cells.person(), await cells.person()]
  const team = await createTeam(cells.home, ann.id, [[bob.id, 'member']], { shares: true })
  await addWebhook(cells.home, ann.id, team)
  await admin.query('insert into recto.account_settings (account_id, scrub) values ($1, true)', [team])
  await admin.query(
    `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, '{"per_day": 500}', now() + interval '1 day')`,
    [team],
  )
  await admin.query(
    `insert into recto.connection_checks (user_id, account_id, model, message, status, result) values ($1, $1, 'balanced', 'Hello', 'done', '{}')`,
    [ann.id],
  )
  for (const person of [ann, bob]) {
    await makeGeneration(person, cells)
    await makeGeneration(person, cells, team)
  }
  // The worker of a cell would try them again meanwhile. What it sends just now ends first.
  const endDeliveries = async () => {
    await admin.query(
      `update public.webhook_deliveries set status = 'failed', due_at = null, finished_at = now()
       where account_id = $1 and status = 'pending' and queued_at is null`,
      [team],
    )
    const pending = `select from public.webhook_deliveries where account_id = $1 and status = 'pending'`
    return (await admin.query(pending, [team])).rowCount === 0
  }
  await until(endDeliveries, { what: 'the end of deliveries', timeoutMs: 20_000 })
  return { ann, bob, team, ids: [ann.id, bob.id, team] }
}
