import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { freezePostgres } from '../support/freeze.ts'
import type { System } from '../support/system.ts'
import { faultyScript, healthyScript } from '../worker/chaos-faults.ts'
import { type Cluster, faketime, type Place } from './cluster.ts'
import type { SmallDisk } from './disk.ts'
import type { Link, LinkMode } from './link.ts'
import type { Fault, FaultKind } from './plan.ts'
import { openSlowReaders } from './slow-readers.ts'

type Deps = {
  system: System
  cluster: Cluster
  /** Undefined where the machine has no file system of its own for Postgres. */
  disk: SmallDisk | undefined
  /** Somebody whose live generations the slow readers read. */
  reader: { token: string; live: () => string[] }
}

/** Does a fault to one of its targets for so long. Resolves when all of it is over and its target works again. */
type Act = (fault: Pick<Fault, 'nth' | 'seconds'>) => Promise<void>

const nthOf = <T>(list: readonly T[], nth: number): T => {
  const found = list[nth % list.length]
  if (found === undefined) throw new RangeError('a fault has no target')
  return found
}

const setLink = async (link: Link, mode: LinkMode, seconds: number) => {
  link.set(mode)
  await delay(seconds * 1000)
  // Another fault of the same link may have begun meanwhile. It ends by itself.
  if (link.mode() === mode) link.set('pass')
}

const standStill = async ({ service }: Place, seconds: number) => {
  const stopped = service()
  stopped.kill('SIGSTOP')
  await delay(seconds * 1000)
  stopped.kill('SIGCONT')
}

/** Roles of the processes: as if others used up all connections, and the server had ended theirs. */
const useUpConnections = async ({ admin }: System, seconds: number) => {
  const roles = ['recto_api', 'recto_worker']
  const limit = async (to: number) => {
    for (const role of roles) await admin.query(`alter role ${role} connection limit ${to}`)
  }
  await limit(0)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1)', [roles])
  await delay(seconds * 1000)
  await limit(-1)
}

/** What is left out on this machine, and why. */
export const leftOut = ({ disk, clocks }: { disk: boolean; clocks: boolean }): Partial<Record<FaultKind, string>> => {
  const noClock = 'libfaketime is not installed'
  return {
    ...(disk ? {} : { 'full disk': 'this process may not mount a small file system' }),
    ...(clocks
      ? {}
      : {
          'clock of a worker ahead': noClock,
          'clock of a worker behind': noClock,
          'clock of an API ahead': noClock,
        }),
  }
}

/** The act of each kind of fault. Faults of Postgres as a whole come one after the other. */
export const createActs = ({ system, cluster, disk, reader }: Deps): Record<FaultKind, Act> => {
  const { supabase } = system
  const { apis, workers, providers } = cluster
  const links = [...apis, ...workers].map(({ link }) => link)
  let last: Promise<void> = Promise.resolve()
  const onPostgres =
    (act: (seconds: number) => Promise<unknown>): Act =>
    async ({ seconds }) => {
      last = last.then(async () => {
        await act(seconds)
        await until(() => system.admin.query('select').then(Boolean, () => false), {
          what: 'Postgres',
          timeoutMs: 60_000,
        })
      })
      await last
    }
  const link =
    (mode: LinkMode, of: readonly Link[] = links): Act =>
    ({ nth, seconds }) =>
      setLink(nthOf(of, nth), mode, seconds)
  const withClock =
    (of: readonly Place[], clock: string): Act =>
    async ({ nth, seconds }) => {
      const place = nthOf(of, nth)
      await place.replace({ LD_PRELOAD: faketime, FAKETIME: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1' })
      await delay(seconds * 1000)
      await place.replace()
    }

  return {
    'kill an API': ({ nth, seconds }) => nthOf(apis, nth).kill(seconds * 1000),
    'kill a worker': ({ nth, seconds }) => nthOf(workers, nth).kill(seconds * 1000),
    'stop an API': ({ nth, seconds }) => standStill(nthOf(apis, nth), seconds),
    'stop a worker': ({ nth, seconds }) => standStill(nthOf(workers, nth), seconds),
    'kill Postgres': onPostgres(async (seconds) => {
      await supabase.killPostgres()
      await delay(seconds * 1000)
      await supabase.restartPostgres()
    }),
    'stop Postgres': onPostgres(async (seconds) => {
      const goOn = freezePostgres(supabase)
      await delay(seconds * 1000)
      goOn()
    }),
    'restart Postgres': onPostgres(() => supabase.restartPostgres()),
    'connections used up': onPostgres((seconds) => useUpConnections(system, seconds)),
    'full disk': onPostgres(async (seconds) => {
      await disk?.fill()
      await delay(seconds * 1000)
      disk?.clear()
      // Postgres gives up when it cannot write its log.
      await supabase.restartPostgres()
    }),
    'partition from Postgres': link('hold'),
    'statements to Postgres held up': link('hold there'),
    'answers of Postgres held up': link('hold back'),
    'slow Postgres': link('slow'),
    'notifications lost': link('drop notifications'),
    'partition from a provider': link('hold', providers),
    'answers of a provider held up': link('hold back', providers),
    'slow provider': link('slow', providers),
    'a provider refuses connections': link('refuse', providers),
    'providers err': async ({ seconds }) => {
      system.model.setScript(faultyScript)
      await delay(seconds * 1000)
      system.model.setScript(healthyScript)
    },
    'slow readers': async ({ nth, seconds }) => {
      const close = openSlowReaders(nthOf(apis, nth).service().url, reader.token, reader.live())
      await delay(seconds * 1000)
      close()
    },
    'rolling deploy': async () => {
      for (const place of [...apis, ...workers]) await place.replace()
    },
    'clock of a worker ahead': withClock(workers, '+90s'),
    'clock of a worker behind': withClock(workers, '-90s'),
    'clock of an API ahead': withClock(apis, '+90s'),
  }
}
