import { megabytes, ms, percentile } from '../bench/numbers.ts'
import { below, context, type Row } from '../bench/row.ts'
import { plot } from './plot.ts'
import type { Ended, Seen } from './traffic.ts'

const atMostShare = (what: string, bad: number, all: number, most: number): Row =>
  below(what, (bad / all) * 100, `${bad} of ${all.toLocaleString('en')}`, most, ' %')

/** What every part promises: generations succeed, and no answer is late or an error. */
export const verdicts = (seen: readonly Seen[], ends: readonly Ended[]): Row[] => {
  const times = seen.map((request) => request.ms)
  const failed = seen.filter(({ status }) => status === null || status >= 500).length
  return [
    atMostShare(
      'generations that did not succeed',
      ends.filter(({ status }) => status !== 'succeeded').length,
      ends.length,
      0.5,
    ),
    atMostShare('requests that failed', failed, seen.length, 0),
    context({
      what: 'answer of the API, p50 and p95',
      recto: `${ms(percentile(times, 0.5))}, ${ms(percentile(times, 0.95))}`,
      against: '',
    }),
    below('slowest answer of the API', Math.max(...times), ms(Math.max(...times)), 2_000, ' ms'),
    context({
      what: 'a generation, p50 and p95',
      recto: [0.5, 0.95]
        .map(
          (p) =>
            `${percentile(
              ends.map(({ seconds }) => seconds),
              p,
            ).toFixed(1)} s`,
        )
        .join(', '),
      against: '',
    }),
  ]
}

/** Values by the span of time that they fall into, as points of a plot. */
export const bySpan = <T>(
  all: readonly T[],
  secondOf: (value: T) => number,
  spanSeconds: number,
  measure: (values: T[]) => number,
): [number, number][] => {
  const first = Math.min(...all.map(secondOf))
  const spans = Map.groupBy(all, (value) => Math.floor((secondOf(value) - first) / spanSeconds))
  return [...spans].toSorted(([a], [b]) => a - b).map(([span, values]) => [span * spanSeconds, measure(values)])
}

const p95 = (values: number[]) => percentile(values, 0.95)

/** What parts draw: how much there was in each span of seconds, and how long it took. */
export const pictureOf = (title: string, seen: readonly Seen[], ends: readonly Ended[], span: number) => ({
  rate: plot(`${title}: a second`, [
    {
      name: 'requests',
      points: bySpan(
        seen,
        ({ at }) => at / 1_000,
        span,
        (values) => values.length / span,
      ),
    },
    {
      name: 'generations that end',
      points: bySpan(
        ends,
        (end) => end.createdAt + end.seconds,
        span,
        (values) => values.length / span,
      ),
    },
  ]),
  times: plot(`${title}: p95 of an answer of the API, milliseconds`, [
    {
      name: 'API',
      points: bySpan(
        seen,
        ({ at }) => at / 1_000,
        span,
        (values) => p95(values.map((request) => request.ms)),
      ),
    },
  ]),
  generations: plot(`${title}: seconds of a generation`, [
    {
      name: 'p50',
      points: bySpan(
        ends,
        (end) => end.createdAt,
        span,
        (values) =>
          percentile(
            values.map(({ seconds }) => seconds),
            0.5,
          ),
      ),
    },
    {
      name: 'p95',
      points: bySpan(
        ends,
        (end) => end.createdAt,
        span,
        (values) => p95(values.map(({ seconds }) => seconds)),
      ),
    },
  ]),
})

/** How much more memory processes have in the last tenth of a run than in the fourth, when all of them are warm. */
export const growth = (what: string, bytes: readonly number[]): Row => {
  const tenth = (n: number) => percentile(bytes.slice((bytes.length * (n - 1)) / 10, (bytes.length * n) / 10), 0.5)
  const [warm, last] = [tenth(4), tenth(10)]
  return below(what, (last / warm - 1) * 100, `${megabytes(warm)}, then ${megabytes(last)}`, 10, ' %')
}
