import { startSystem } from '../support/system.ts'
import { clear, text } from './backlog.ts'
import { perSecond } from './figures.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { pgbench, pgbenchVersion } from './pgbench.ts'
import { startRival } from './rival.ts'
import { atLeast, context, type Part } from './row.ts'
import { submitScript } from './submit-script.ts'
import { signIn } from './tokens.ts'

const clients = 10
const people = 200
const seconds = 2
const rounds = 2

/** A generation and its job in one transaction: over HTTP, by pgbench with the API's own statements, and the naive way. */
export const submit: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const load = startLoad()
  try {
    await system.limit(1_000_000, 300)
    const { supabase } = system
    const signedIn = await signIn(system, people)
    const tokens = signedIn.map(({ token }) => token)
    const api = await system.startApi()
    const body = JSON.stringify({ source_text: text })
    const requests = tokens.map((token) =>
      httpRequest(
        'POST',
        '/api/ai/generations',
        { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      ),
    )
    // As a page that polls has its token known already.
    for (const token of tokens)
      await fetch(`${api.url}/api/ai/generations`, { headers: { authorization: `Bearer ${token}` } })
    const naive = await startRival('naive-submit', {
      url: supabase.adminUrl,
      slots: clients,
      more: { supabaseUrl: supabase.supabaseUrl, key: supabase.publishableKey },
    })
    const script = await submitScript(system, people)
    const version = pgbenchVersion()

    const ms = (warmUp: boolean) => (warmUp ? 1_000 : seconds * 1_000)
    const { port } = new URL(api.url)
    const contenders = new Map<string, Measure>([
      [
        'Recto',
        (warmUp) => load.rate({ port: Number(port), connections: clients, ms: ms(warmUp), requests, status: 202 }),
      ],
      [
        'supabase-js + boss.send',
        async (warmUp) => Number(await naive.ask({ connections: clients, ms: ms(warmUp), tokens, text })),
      ],
    ])
    const run = { url: supabase.apiDatabaseUrl, script, clients, variables: { text } }
    if (version) contenders.set('pgbench', (warmUp) => pgbench({ ...run, seconds: warmUp ? 1 : seconds }))
    const rates = await interleaved(contenders, rounds, () => clear(system.admin))
    await naive.stop()
    const rate = (name: string) => rates.get(name) ?? Number.NaN
    say(`submit: ${[...rates].map(([name, found]) => `${name} ${perSecond(found)}`).join(', ')}`)
    const line = (name: string, as = name) => ({
      what: `submit, ${clients} clients`,
      recto: perSecond(rate('Recto')),
      against: `${as} ${perSecond(rate(name))}`,
      ratio: rate('Recto') / rate(name),
    })
    const byPgbench = version
      ? atLeast(line('pgbench', 'pgbench, same statements,'), 0.6)
      : context({
          what: `submit, ${clients} clients`,
          recto: perSecond(rate('Recto')),
          against: 'pgbench is not installed',
        })
    return [byPgbench, atLeast(line('supabase-js + boss.send'), 3)]
  } finally {
    await load.stop()
    await system.stop()
  }
}
