import { setTimeout as delay } from 'node:timers/promises'
import { megabytes, percentile } from '../bench/numbers.ts'
import { context, type Row } from '../bench/row.ts'
import type { TestPerson } from '../support/person.ts'
import { resident } from '../support/resident.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { plot } from './plot.ts'
import { bySpan, growth, pictureOf, verdicts } from './report.ts'
import { atRate, createTraffic, provider, readEnds } from './traffic.ts'

type Report = { rows: Row[]; pictures: Record<string, string> }
export type Part = (scope: { minutes: number; say(line: string): void }) => Promise<Report>

const PEOPLE = 20
const SLOTS = '200'

type Site = { system: System; apis: Service[]; workers: Service[]; people: TestPerson[] }

/** Two APIs and two workers on a Postgres that waits for its disk. No limit of a plan is in the way. */
const withSite = async <T>(work: (site: Site) => Promise<T>): Promise<T> => {
  const system = await startSystem({ durable: true })
  try {
    system.model.setScript(provider)
    await system.limit(1_000_000, 60)
    const apis = await Promise.all([system.startApi(), system.startApi()])
    const startWorker = () => system.startWorker({ WORKER_SLOTS: SLOTS })
    const workers = await Promise.all([startWorker(), startWorker()])
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => system.person(apis[0])))
    return await work({ system, apis, workers, people })
  } finally {
    await system.stop()
  }
}

const one = <T>(list: readonly T[], n: number): T => list[n % list.length] as T

const AT_ONCE = 1_000

/** Submits 1,000 generations at once. Everybody looks at the own list each second until all have ended. */
const submitAtOnce = async ({ system, apis, people }: Site) => {
  const traffic = createTraffic(apis)
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => traffic.submit(one(people, n))))
  const stop = new AbortController()
  const looking = people.map(async (person) => {
    while (!stop.signal.aborted) {
      await traffic.read(person, '/api/ai/generations?limit=20')
      await delay(1_000)
    }
  })
  const ends = await readEnds(system)
  stop.abort()
  await Promise.all(looking)
  return { seen: traffic.seen, ends: ends.slice(-AT_ONCE) }
}

/** 1,000 generations of 20 people at once: by processes that have just started, and again when those are over. */
const burst: Part = ({ say }) =>
  withSite(async (site) => {
    const first = await submitAtOnce(site)
    say('the first 1,000 are over')
    const second = await submitAtOnce(site)
    const named = (name: string, rows: Row[]) => rows.map((row) => ({ ...row, what: `${name}: ${row.what}` }))
    return {
      rows: [
        ...named('new processes', verdicts(first.seen, first.ends)),
        ...named('again', verdicts(second.seen, second.ends)),
      ],
      pictures: { 'burst-generations': pictureOf('1,000 at once', second.seen, second.ends, 1).generations },
    }
  })

/** 10,000 submissions as they come in a day, few at night and many in the evening, in a few minutes. */
const day: Part = ({ minutes, say }) =>
  withSite(async ({ system, apis, people }) => {
    const traffic = createTraffic(apis)
    const mean = 10_000 / (minutes * 60)
    await atRate(
      minutes * 60,
      (share) => mean * (1 - 0.8 * Math.cos(2 * Math.PI * share)),
      async (n) => {
        await traffic.submit(one(people, n))
        await traffic.read(one(people, n), '/api/ai/generations?limit=20')
      },
    )
    say('the day is over')
    const ends = await readEnds(system)
    const { rate, times, generations } = pictureOf(`A day in ${minutes} minutes`, traffic.seen, ends, minutes * 2)
    return {
      rows: verdicts(traffic.seen, ends),
      pictures: { 'day-rate': rate, 'day-api': times, 'day-generations': generations },
    }
  })

/** 50 requests a second, a fifth of them submissions. */
const fifty = (traffic: ReturnType<typeof createTraffic>, people: readonly TestPerson[], minutes: number) =>
  atRate(
    minutes * 60,
    () => 50,
    (n) =>
      n % 5 === 0 ? traffic.submit(one(people, n)) : traffic.read(one(people, n), '/api/ai/generations?limit=20'),
  )

/** 50 requests a second, and how much memory processes have that nobody replaces. */
const steady: Part = ({ minutes, say }) =>
  withSite(async ({ system, apis, workers, people }) => {
    const traffic = createTraffic(apis)
    const sizes: { apis: number; workers: number }[] = []
    const sum = (services: readonly Service[]) => services.reduce((bytes, { pid }) => bytes + resident(pid), 0)
    const sampling = setInterval(() => sizes.push({ apis: sum(apis), workers: sum(workers) }), 1_000)
    await fifty(traffic, people, minutes)
    clearInterval(sampling)
    say('the last request was answered')
    const ends = await readEnds(system)
    const apiSizes = sizes.map((size) => size.apis)
    const workerSizes = sizes.map((size) => size.workers)
    const line = (name: string, bytes: number[]) => ({
      name,
      points: bySpan(
        [...bytes.entries()],
        ([second]) => second,
        minutes,
        (some) =>
          percentile(
            some.map(([, value]) => value / 1024 / 1024),
            0.5,
          ),
      ),
    })
    const memory = plot('50 requests a second: memory, MB', [
      line('two APIs', apiSizes),
      line('two workers', workerSizes),
    ])
    return {
      rows: [
        ...verdicts(traffic.seen, ends),
        growth('growth of two APIs', apiSizes),
        growth('growth of two workers', workerSizes),
      ],
      pictures: { 'steady-memory': memory },
    }
  })

/** 50 requests a second, while each process is replaced in turn, again and again. */
const restart: Part = ({ minutes, say }) =>
  withSite(async ({ system, apis, workers, people }) => {
    const traffic = createTraffic(apis)
    const memory: number[] = []
    let over = false
    let replaced = 0
    const replaceAll = async () => {
      for (let n = 0; !over; n++) {
        const [place, start] =
          n % 2 === 0 ? [apis, () => system.startApi()] : [workers, () => system.startWorker({ WORKER_SLOTS: SLOTS })]
        const next = await start()
        const [old] = place.splice(0, 1)
        place.push(next)
        if (old) memory.push(resident(old.pid))
        await old?.stop()
        replaced += 1
        await delay(2_000)
      }
    }
    const replacing = replaceAll()
    await fifty(traffic, people, minutes)
    over = true
    await replacing
    say(`${replaced} processes were replaced`)
    const ends = await readEnds(system)
    const { rate, times } = pictureOf('50 requests a second', traffic.seen, ends, Math.max(1, minutes))
    const rows = [
      ...verdicts(traffic.seen, ends),
      context({
        what: 'processes that were replaced',
        recto: `${replaced}, of up to ${megabytes(Math.max(...memory))}`,
        against: '',
      }),
    ]
    return { rows, pictures: { 'restart-rate': rate, 'restart-api': times } }
  })

/** The parts of `npm run load`, and how many minutes each takes unless told. */
export const parts: Record<string, { minutes: number; run: Part }> = {
  burst: { minutes: 1, run: burst },
  day: { minutes: 10, run: day },
  steady: { minutes: 5, run: steady },
  restart: { minutes: 5, run: restart },
}
