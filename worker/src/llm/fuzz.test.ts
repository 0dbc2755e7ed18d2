import { addMoney, readMoney } from '@recto/shared/money'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_QUOTA_REST_MS, LONGEST_RETRY_AFTER_MS } from '../deadlines.ts'
import { answer, errorBody, headers, status, usageBody, value } from '../testing/hostile-responses.ts'
import { price } from '../testing/scripted-provider.ts'
import { classifyError } from './errors/classify.ts'
import { excerptOf } from './errors/excerpt.ts'
import { failureClasses } from './errors/failure.ts'
import { readProviderError } from './errors/provider-error.ts'
import { capRetryAfter, readRetryAfter } from './errors/retry-after.ts'
import { interpret } from './interpret.ts'
import { addToCompletion, emptyCompletion, producedBytes } from './wire/completion.ts'
import { readAnswer } from './wire/read-answer.ts'
import { readUsage } from './wire/usage.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const classes = Object.keys(failureClasses)

const runs = { numRuns: 400 }
const isWaitUpTo =
  (longest: number) =>
  (wait: number | null): boolean =>
    wait === null || (Number.isInteger(wait) && wait >= 0 && wait <= longest)
const isWait = isWaitUpTo(LONGEST_RETRY_AFTER_MS)

describe('with any response of a provider,', () => {
  test('classifyError returns a class of the table and a valid wait', () => {
    fc.assert(
      fc.property(status, headers, errorBody, (http, sent, body) => {
        const verdict = classifyError(http, sent, body, now)
        expect(classes).toContain(verdict.class)
        const isQuota = verdict.class === 'quota_exhausted_until_reset'
        expect(verdict.retryAfterMs).toSatisfy(isQuota ? isWaitUpTo(LONGEST_QUOTA_REST_MS) : isWait)
        expect(capRetryAfter(readRetryAfter(429, sent, readProviderError(body), now))).toSatisfy(isWait)
      }),
      runs,
    )
  })

  test('excerptOf returns at most 500 characters that Postgres accepts', () => {
    fc.assert(
      fc.property(errorBody, fc.string(), (body, prompt) => {
        const excerpt = excerptOf(body, prompt) ?? ''
        expect(excerpt.length).toBeLessThanOrEqual(500)
        expect(excerpt.isWellFormed()).toBe(true)
        expect(excerpt).not.toMatch(/\p{Cc}/u)
      }),
      runs,
    )
  })

  test('interpret returns an answer or a class of the table for any frames', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 5 }), fc.nat(599), headers, (frames, http, sent) => {
        const completion = emptyCompletion()
        for (const json of frames) addToCompletion(completion, json)
        expect(producedBytes(completion)).toBeGreaterThanOrEqual(0)
        const interpretation = interpret(
          { status: http, headers: sent, completion, errorBody: frames[0], interruptedBy: null },
          now,
        )
        if (interpretation.ok) expect(completion.finish).toBe(interpretation.finish)
        else expect(classes).toContain(interpretation.class)
      }),
      runs,
    )
  })

  test('readAnswer and interpret return an answer or a class of the table for any bytes', async () => {
    const line = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      answer.map((json) => Buffer.from(`data: ${JSON.stringify(serialisable(json))}\n\n`)),
      fc
        .constantFrom('data: [DONE]\n\n', 'event: error\n', ': x\n\n', '\r', '\ufeff', '{', '[', '"', '<')
        .map(Buffer.from),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (pieces) => {
        const completion = emptyCompletion()
        await readAnswer(new Blob(pieces).stream(), completion, 100, new AbortController().signal, () => undefined)
        const interpretation = interpret(
          { status: 200, headers: new Headers(), completion, errorBody: null, interruptedBy: null },
          now,
        )
        if (!interpretation.ok) expect(classes).toContain(interpretation.class)
      }),
      { numRuns: 200 },
    )
  })

  test('readUsage returns token counts that fit their columns, and a cost in USD', () => {
    fc.assert(
      fc.property(usageBody, fc.nat(), fc.boolean(), (body, producedBytes, notProcessed) => {
        const usage = readUsage(body, price, { sentBytes: 300, producedBytes, maxOutputTokens: 1000, notProcessed })
        for (const count of [usage.tokensInput, usage.tokensOutput, usage.tokensReasoning, usage.tokensCached])
          expect(count).toSatisfy(
            (tokens) => tokens === null || (Number.isInteger(tokens) && tokens >= 0 && tokens <= 1e8),
          )
        expect(usage.costUsd).toMatch(/^\d+(\.\d+)?$/)
        expect(Number(usage.costUsd)).toBeLessThan(20_000)
      }),
      runs,
    )
  })

  test('readMoney returns null or an amount that can be added', () => {
    fc.assert(
      fc.property(fc.oneof(value, fc.double(), fc.stringMatching(/^\d{0,60}\.?\d{0,60}(e-?\d{1,3})?$/)), (body) => {
        const money = readMoney(body)
        if (money !== null) expect(addMoney(money, '0')).toBe(money)
      }),
      runs,
    )
  })
})

/** The value, or null when it is nested too deeply for JSON.stringify. */
function serialisable(json: unknown): unknown {
  try {
    JSON.stringify(json)
    return json
  } catch {
    return null
  }
}
