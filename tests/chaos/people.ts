import { createPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import type { System } from '../support/system.ts'
import { type Client, createClient } from './clients.ts'
import type { Cluster } from './cluster.ts'
import type { Journal } from './journal.ts'

/** Of the people, one has a rate limit and one a budget. The run reaches both. */
export const limits = { perWindow: 20, windowSeconds: 300, concurrent: 2 }
export const budgetUsd = '0.012'

type Options = { system: System; cluster: Cluster; journal: Journal; seed: number; isOver: () => boolean }

/** Creates four people with their apps and plans. */
export const createPeople = async ({ system, cluster, journal, seed, isOver }: Options) => {
  let turn = 0
  /** The next API, as a load balancer chooses it that does not know which one is alive. */
  const anyUrl = () => {
    turn += 1
    return cluster.apis[turn % cluster.apis.length]?.service().url ?? ''
  }
  const anyApi = {
    get url() {
      return anyUrl()
    },
  }
  const people = await Promise.all([1, 2, 3, 4].map(() => createPerson(system.supabase, anyApi)))
  const [ana, ben, limited, poor] = people
  if (!(ana && ben && limited && poor)) throw new Error('somebody is missing')
  for (const { id } of [ana, ben]) await givePlan(system, id, {})
  await givePlan(system, limited.id, { per_window: limits.perWindow, concurrent: limits.concurrent })
  await givePlan(system, poor.id, { monthly_budget_usd: budgetUsd, over_budget: 'fail' })

  const clients: Client[] = people.map((person, n) =>
    createClient({
      person,
      anyUrl,
      journal,
      seed: seed * people.length + n,
      others: () => clients.filter((_, other) => other !== n).flatMap((client) => client.own()),
      isOver,
    }),
  )
  return {
    clients,
    limited: limited.id,
    poor: poor.id,
    /** Whose streams the slow readers open. */
    reader: { token: ana.token, live: () => clients[0]?.own().slice(-10) ?? [] },
  }
}
