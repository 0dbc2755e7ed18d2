import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '@recto/local/home'
import { describe, expect, it } from 'vitest'
import { alertsOfRules, type Firing } from '../deploy/prometheus.ts'
import { effects, elsewhere, type Injected, judgeAlerts } from './alert-causes.ts'
import { createJournal } from './journal.ts'
import { faultKinds, planFaults } from './plan.ts'
import { formatReport } from './report.ts'

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8')
const caused = [...new Set(Object.values(effects).flatMap((some) => some.map(({ alert }) => alert)))]

describe('the table of what faults cause', () => {
  it('has each alert of the rules once: as the effect of a fault, or with the reason why none has to cause it', () => {
    expect([...caused, ...Object.keys(elsewhere)].toSorted()).toEqual(alertsOfRules())
  })

  it('names a test that has the alert fire, where no fault has to cause it', () => {
    const tests = read('tests/deploy/alerts.test.ts').split(/^test\(/m)
    for (const [alert, { test }] of Object.entries(elsewhere)) {
      const text = tests.find((one) => one.startsWith(`'${test}'`))
      expect(text, test).toContain(`'${alert}'`)
    }
  })

  it('expects effects of faults that are as long as those of some plan', () => {
    const planned = Array.from({ length: 20 }, (_, seed) => planFaults(seed, 600)).flat()
    for (const kind of faultKinds)
      for (const { alert, seconds = 0 } of effects[kind]) {
        const some = planned.filter((fault) => fault.kind === kind && fault.seconds >= seconds)
        expect(some.length, `${kind}: ${alert}`).toBeGreaterThan(0)
      }
  })

  it('is the one of docs/monitoring.md', () => {
    const listed = [...read('docs/monitoring.md').matchAll(/^\| (Recto\w+) \| (page|ticket) \| (.+) \|$/gm)]
    const rows = new Map(listed.map(([, name, severity, causes = '']) => [`${name} ${severity}`, causes]))
    expect([...rows.keys()].toSorted()).toEqual(caused.toSorted())
    for (const kind of faultKinds)
      for (const { alert, seconds } of effects[kind])
        expect(rows.get(alert)).toContain(seconds === undefined ? kind : `${kind} (from ${seconds} s)`)
  })
})

describe('the judgement of the alerts of a run', () => {
  const fault = (changes: Partial<Injected>): Injected => ({
    at: 0,
    seconds: 14,
    kind: 'stop a worker',
    nth: 0,
    from: 100,
    to: 114,
    ...changes,
  })
  const firing = (changes: Partial<Firing> = {}): Firing => ({
    alert: 'RectoProcessDown ticket',
    began: 104,
    fired: 110,
    ended: 116,
    ...changes,
  })

  it('names the faults that were under way, or just over, when an alert began', () => {
    const faults = [fault({}), fault({ from: 96, to: 100 }), fault({ from: 90, to: 92 }), fault({ from: 106, to: 110 })]
    const [fired] = judgeAlerts(faults, [firing()]).fired
    expect(fired?.during.map(({ from }) => from)).toEqual([100, 96])
  })

  it('misses an alert that fired during no fault that had to cause it', () => {
    const faults = [fault({})]
    expect(judgeAlerts(faults, [firing()]).missing).toEqual([])
    const missing = [{ alert: 'RectoProcessDown ticket', faults }]
    for (const firings of [[], [firing({ alert: 'RectoNoApi page' })], [firing({ began: 130, ended: 140 })]])
      expect(judgeAlerts(faults, firings).missing).toEqual(missing)
  })

  it('misses no alert of a fault that was too short for it, and not that of one fault when another one caused it', () => {
    expect(judgeAlerts([fault({ seconds: 2 })], []).missing).toEqual([])
    expect(judgeAlerts([fault({}), fault({ from: 300, to: 314 })], [firing()]).missing).toEqual([])
  })

  it('is printed with the run', () => {
    const faults = [fault({})]
    const run = { seed: 1, faults, leftOut: [], generations: 0, journal: createJournal(), verdicts: [] }
    const during = 'stop a worker (0 s, for 14 s)'
    expect(formatReport({ ...run, alerts: judgeAlerts(faults, [firing()]) })).toContain(
      `fired   RectoProcessDown ticket after 6 s, for 6 s, during: ${during}`,
    )
    expect(formatReport({ ...run, alerts: judgeAlerts(faults, []) })).toContain(
      `MISSING RectoProcessDown ticket, which should have fired during: ${during}`,
    )
  })
})
