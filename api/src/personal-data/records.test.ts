import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ReadAs } from '../db/read-as.ts'
import { readRecords } from './records.ts'

const caller = { userId: 'ann', claims: '{}', expiresAt: 0 }
const at = '2026-11-21T03:05:23.1234+00:00'

/** The rows as the driver gives them, by statement: bigint and numeric as text. */
const rows: Record<string, object[]> = {
  export_audit: [{ entry: { id: 7, at, action: 'insert', before: null, after: { plan: 'free' } } }],
  export_override: [
    {
      id: '12',
      account_id: 'ann',
      changes: { per_day: 500 },
      starts_at: null,
      expires_at: 'infinity',
      note: null,
      created_at: at,
    },
  ],
  export_usage: [
    {
      ...{
        day: '2026-11-21',
        account_id: 'ann',
        model: 'lab/model-1',
        kind: 'text',
        generations: '3',
        suggestions: '4',
      },
      ...{ accepted: '2', rejected: '1', calls: '3', tokens_input: '300', tokens_output: '90', cost_usd: '0.00012300' },
    },
  ],
  export_acceptance: [
    {
      ...{ day: '2026-11-21', account_id: 'ann', kind: 'flashcards', prompt_version: 'flashcards@2' },
      ...{ model: 'lab/model-1', language: null },
      ...{ flags: ['yes_no'], status: 'rejected', edited: false, reject_reason: 'unclear', suggestions: '3' },
    },
  ],
  export_spending: [{ month: '2026-11-01', spent_usd: '0.10', reserved_usd: '0' }],
}
const home: ReadAs = async (_caller, _scope, { name }, row) =>
  z.array(row).parse(name === 'export_cell' ? [{ cell: 'b', moving_to: null, introduced: true, changed_at: at }] : [])
const readAs: ReadAs = async (_caller, _scope, { name }, row) => z.array(row).parse(rows[name] ?? [])

describe('the records of an export', () => {
  it('are lines in the order of their types, with counts as numbers and money as it is stored', async () => {
    expect(await readRecords(readAs, home, caller)).toEqual([
      { type: 'cell', data: { cell: 'b', moving_to: null, introduced: true, changed_at: at } },
      {
        type: 'override',
        data: {
          id: 12,
          account_id: 'ann',
          changes: { per_day: 500 },
          starts_at: null,
          expires_at: 'infinity',
          note: null,
          created_at: at,
        },
      },
      { type: 'spending', data: { month: '2026-11-01', spent_usd: '0.10', reserved_usd: '0' } },
      {
        type: 'usage',
        data: {
          ...{
            day: '2026-11-21',
            account_id: 'ann',
            model: 'lab/model-1',
            kind: 'text',
            generations: 3,
            suggestions: 4,
          },
          ...{ accepted: 2, rejected: 1, calls: 3, tokens_input: 300, tokens_output: 90, cost_usd: '0.00012300' },
        },
      },
      {
        type: 'acceptance',
        data: {
          ...{
            day: '2026-11-21',
            account_id: 'ann',
            kind: 'flashcards',
            prompt_version: 'flashcards@2',
            model: 'lab/model-1',
            language: null,
          },
          ...{ flags: ['yes_no'], status: 'rejected', edited: false, reject_reason: 'unclear', suggestions: 3 },
        },
      },
      { type: 'audit', data: { id: 7, at, action: 'insert', before: null, after: { plan: 'free' } } },
    ])
  })
})
