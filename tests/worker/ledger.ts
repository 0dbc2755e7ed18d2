import type { System } from '../support/system.ts'

type Call = {
  id: string | null
  generation: string
  outcome: string
  cost: string
}

/**
 * Outcomes of calls that may have ended before the provider gave the request an id: their worker was killed, the worker
 * closed the connection (it waited too long, lost the job, or a hedge), or the connection broke. Such a call is booked
 * at an estimate.
 */
const endedEarly = new Set(['worker_lost', 'network', 'aborted', 'timeout'])

const readCalls = async ({ admin }: System): Promise<Call[]> => {
  const text = `select provider_request_id as id, generation_id as generation, outcome, trim_scale(cost_usd)::text as cost
    from public.ai_calls`
  return (await admin.query<Call>(text)).rows
}

/**
 * How the calls differ from the requests that the model server received and charged, a line for each difference.
 * `accepted` has the id of each generation by its marker. A request without a row is no difference when its generation
 * has a call that ended before it got an id, and that is booked at no less than the request cost, or at what its killed
 * worker knew of that. With `answersWereLost` the provider may have charged for a whole answer of which nothing came.
 */
export const ledgerDifferences = async (
  system: System,
  accepted: ReadonlyMap<string, string>,
  { answersWereLost = false } = {},
): Promise<string[]> => {
  const { requests } = system.model
  const calls = await readCalls(system)
  const byId = Map.groupBy(calls, ({ id }) => id)
  const unnamed = (byId.get(null) ?? []).filter(({ cost }) => cost !== '0')
  const received = new Set<string | null>(requests.map(({ id }) => id))

  const ofRequests = requests.flatMap(({ id, step, generationMarker, chargedUsd }) => {
    const generation = accepted.get(generationMarker ?? '')
    const found = byId.get(id) ?? []
    const [call] = found
    if (call?.generation === generation && call?.cost === chargedUsd && found.length === 1) return []
    const stand = unnamed.findIndex(
      (one) =>
        one.generation === generation &&
        (one.outcome === 'worker_lost' ||
          (endedEarly.has(one.outcome) && (answersWereLost || Number(one.cost) >= Number(chargedUsd)))),
    )
    if (call || stand === -1) return [`${id} (${step}) of ${generation}, ${chargedUsd}: ${JSON.stringify(found)}`]
    // Each call stands for one request.
    unnamed.splice(stand, 1)
    return []
  })
  const ofCalls = calls.filter(({ id, outcome, cost }) =>
    id === null ? cost !== '0' && !endedEarly.has(outcome) : !received.has(id),
  )
  return [...ofRequests, ...ofCalls.map((call) => `no request: ${JSON.stringify(call)}`)]
}

/**
 * What contradicts itself in the books, a line for each contradiction: sums of spending or of a generation that are not
 * those of its calls, a success without cards or with two equal ones, cards without a success or of another number.
 */
export const contradictions = async ({ admin }: System): Promise<string[]> => {
  const { rows } = await admin.query<{ line: string }>(
    `with calls as (
      select account_id, recto.month_of(started_at) as month, sum(cost_usd) as cost from public.ai_calls group by 1, 2
    )
    select format('spending of %s: %s, reserved %s, calls %s', account_id, s.spent_usd, s.reserved_usd, c.cost) as line
    from calls c full join recto.spending s using (account_id, month)
    where s.spent_usd is distinct from c.cost or s.reserved_usd <> 0
    union all
    select format('generation %s: %s, calls %s', g.id, g.cost_usd, c.cost) as line
    from public.ai_generations g, lateral (
      select coalesce(sum(cost_usd), 0) as cost from public.ai_calls where generation_id = g.id
    ) c
    where g.cost_usd <> c.cost
    union all
    select format('generation %s %s says %s cards, has %s, of which %s differ', g.id, g.status, g.suggestions_count, s.cards, s.distinct_cards)
    from public.ai_generations g, lateral (
      select count(*) as cards, count(distinct (front, back)) as distinct_cards
      from public.ai_suggestions where generation_id = g.id
    ) s
    where (g.status = 'succeeded') <> (s.cards > 0) or s.cards <> s.distinct_cards or s.cards <> g.suggestions_count`,
  )
  return rows.map(({ line }) => line)
}
