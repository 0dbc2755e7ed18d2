import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import type { Route } from '../route.ts'
import { BreakerState, type RouteHealth } from './route-health.ts'

/**
 * A row of `ai_routes_health`. `restMs`: milliseconds until the rest is over; `ageMs`: milliseconds since the state was
 * found.
 */
const RouteHealthRow = z.object({
  provider: z.string(),
  model: z.string(),
  state: BreakerState,
  reason: z.string().nullable(),
  openings: z.int(),
  restMs: z.number(),
  ageMs: z.number(),
})
export type RouteHealthRow = z.infer<typeof RouteHealthRow>

/** Times are exchanged as distances from now, so that the clocks of workers need not agree. */
const announceStatement = (routes: readonly Route[]) => ({
  name: 'routes_announce',
  text: `with announced as (
      insert into public.ai_routes_health as h (provider, model, region, priced_on)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::date[])
      on conflict (provider, model) do update set region = excluded.region, priced_on = excluded.priced_on, seen_at = clock_timestamp()
    )
    select provider, model, state, reason, openings,
      coalesce(extract(epoch from open_until - clock_timestamp()) * 1000, 0)::float8 as "restMs",
      (extract(epoch from clock_timestamp() - changed_at) * 1000)::float8 as "ageMs"
    from public.ai_routes_health`,
  values: [
    routes.map(({ provider }) => provider),
    routes.map(({ model }) => model),
    routes.map(({ region }) => region),
    routes.map(({ pricedOn }) => pricedOn),
  ],
})

const publishStatement = ({ provider, model, region }: Route, health: RouteHealth, now: number) => ({
  name: 'routes_publish',
  text: `insert into public.ai_routes_health as h (provider, model, region, state, reason, openings, open_until, changed_at)
    values ($1, $2, $3, $4, $5, $6, case when $4 = 'closed' then null else clock_timestamp() + make_interval(secs => $7::float8 / 1000) end,
      clock_timestamp() - make_interval(secs => $8::float8 / 1000))
    on conflict (provider, model) do update set region = excluded.region, state = excluded.state, reason = excluded.reason,
      openings = excluded.openings, open_until = excluded.open_until, changed_at = excluded.changed_at, seen_at = clock_timestamp()
    where h.changed_at <= excluded.changed_at`,
  values: [
    provider,
    model,
    region,
    health.state,
    health.reason,
    health.openings,
    health.until - now,
    Math.max(0, now - health.at),
  ],
})

/** What the calls of a route took to their first tokens lately, in milliseconds, oldest first. */
const FirstTokens = z.object({ provider: z.string(), model: z.string(), measured: z.array(z.number()) })
export type FirstTokensRow = z.infer<typeof FirstTokens>

/** All SQL for the route health that workers share. */
export const createRoutesStore = (pool: pg.Pool, now: () => number) => ({
  /** Records that this worker can use these routes, and returns the known health of all routes. */
  announce: async (routes: readonly Route[]): Promise<RouteHealthRow[]> =>
    rowsOf(await pool.query(announceStatement(routes)), RouteHealthRow),
  /** The first tokens of the routes that were asked lately, by any worker. */
  firstTokens: async (): Promise<FirstTokensRow[]> =>
    rowsOf(
      await pool.query({
        name: 'routes_first_tokens',
        text: 'select provider, model, measured from recto.recent_first_tokens()',
      }),
      FirstTokens,
    ),
  /** Writes the health that this worker found, unless the table has a newer one. */
  publish: async (route: Route, health: RouteHealth): Promise<void> => {
    await pool.query(publishStatement(route, health, now()))
  },
})

export type RoutesStore = ReturnType<typeof createRoutesStore>
