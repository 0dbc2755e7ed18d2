import type { AlertReport } from './alert-causes.ts'
import { type ChaosReport, holds } from './run.ts'

/** How many cases of a broken promise are printed. */
const SHOWN = 10

const namesOf = (faults: readonly { kind: string; at: number; seconds: number }[]) =>
  faults.map(({ kind, at, seconds }) => `${kind} (${at} s, for ${seconds} s)`).join(', ')

const alertLines = ({ fired, missing }: AlertReport): string[] => [
  ...fired.map(
    ({ alert, began, fired: at, ended, during }) =>
      `fired   ${alert} after ${at - began} s, for ${ended - at} s, during: ${namesOf(during) || 'no fault'}`,
  ),
  ...missing.map(({ alert, faults }) => `MISSING ${alert}, which should have fired during: ${namesOf(faults)}`),
]

/** The report of a run in lines: one for each promise, and below a broken one its first cases. */
export const formatReport = (report: ChaosReport): string => {
  const { seed, faults, generations, verdicts } = report
  const promises = verdicts.flatMap(({ promise, counted, broken }) => [
    `${broken.length === 0 ? 'held  ' : 'BROKEN'}  ${promise} (${counted})`,
    ...broken.slice(0, SHOWN).map((one) => `          ${one}`),
    ...(broken.length > SHOWN ? [`          and ${broken.length - SHOWN} more`] : []),
  ])
  const result = holds(report) ? 'every promise held' : 'a promise did not hold'
  return [
    ...promises,
    ...(report.alerts ? alertLines(report.alerts) : []),
    ...report.leftOut.map((one) => `left out: ${one}`),
    `seed ${seed}: ${faults.length} faults, ${generations} generations, ${result}`,
  ].join('\n')
}
