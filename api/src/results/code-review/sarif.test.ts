import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import { type Finding, findingCategories, findingLevels } from '@recto/shared/kinds/code-review/finding'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { exampleFinding, exampleReview } from '../../testing/example-finding.ts'
import { sarifOf } from './sarif.ts'

// Ajv knows drafts from 6 on. Draft 4 of JSON Schema names the id of a schema otherwise, and has nothing else of its own
// that this schema uses. One of its patterns is none in the mode for Unicode.
const { $schema: _, id: __, ...schema } = sarifSchema
const isValid = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema)

const logOf = (...findings: Finding[]) => {
  const log = sarifOf(exampleReview(findings))
  isValid(JSON.parse(JSON.stringify(log)))
  expect(isValid.errors ?? []).toEqual([])
  return log
}
const resultOf = (finding: Partial<Finding>) => {
  const [run] = logOf({ ...exampleFinding, ...finding }).runs
  return run?.results[0]
}

describe('a code review as SARIF', () => {
  test('is valid against the schema of 2.1.0 with every category and level, and without findings', () => {
    const all = findingCategories.flatMap((category) =>
      findingLevels.map((level): Finding => ({ ...exampleFinding, category, level })),
    )
    expect(logOf(...all).runs[0]?.tool.driver.rules.map(({ id }) => id)).toEqual(findingCategories)
    expect(logOf().runs[0]?.results).toEqual([])
  })

  test('is not valid with another level, so that the schema is known to be applied', () => {
    expect(isValid(JSON.parse(JSON.stringify(logOf(exampleFinding)).replace('"warning"', '"fatal"')))).toBe(false)
  })

  test('has each finding with its place, its quote and what would come in its place', () => {
    expect(resultOf({})).toMatchObject({
      ruleId: 'error_handling',
      level: 'warning',
      message: { text: 'Loose comparison\n\nCompares with `==`.' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'src/add.ts', uriBaseId: '%SRCROOT%' },
            region: { startLine: 2, endLine: 3, snippet: { text: exampleFinding.quote } },
          },
        },
      ],
      fixes: [
        {
          artifactChanges: [
            {
              replacements: [
                {
                  deletedRegion: { startLine: 2, endLine: 3 },
                  insertedContent: { text: '  if (a === b) {\n    return a' },
                },
              ],
            },
          ],
        },
      ],
    })
  })

  test('takes the line end along where nothing comes in place of lines', () => {
    const [fix] = resultOf({ suggestion: { replacement: '' } })?.fixes ?? []
    expect(fix?.artifactChanges[0]?.replacements[0]?.deletedRegion).toEqual({
      startLine: 2,
      startColumn: 1,
      endLine: 4,
      endColumn: 1,
    })
  })

  test('has the same partial fingerprints for a finding whose lines have moved', () => {
    const moved = resultOf({ start_line: 40, end_line: 41, id: '1d6a9c04-1c2e-4f0e-9a53-1a4f1f7a2f0b' })
    expect(moved?.partialFingerprints).toEqual(resultOf({})?.partialFingerprints)
    expect(resultOf({ fingerprint: '77aa' })?.partialFingerprints).not.toEqual(moved?.partialFingerprints)
  })

  test('suppresses a finding that was rejected, with the reason', () => {
    expect(resultOf({ status: 'rejected', reject_reason: 'intended' })?.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'intended' },
    ])
    expect(resultOf({ status: 'accepted' })?.suppressions).toBeUndefined()
  })

  test.each([
    ['app/[id]/a b.ts', 'app/%5Bid%5D/a%20b.ts'],
    ['src/größe.kt', 'src/gr%C3%B6%C3%9Fe.kt'],
    ['a:b/c?d#e', 'a%3Ab/c%3Fd%23e'],
  ])('writes the path %j as a relative URI', (path, uri) => {
    expect(resultOf({ path })?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(uri)
  })

  test('makes no link of what a model wrote as one', () => {
    const text = resultOf({ title: 'See [this](1)', message: '[click](https://evil.example)' })?.message.text
    expect(text).not.toMatch(/\]\(/)
  })
})
