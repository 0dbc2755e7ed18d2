import type { ReviewFile } from '@recto/shared/kinds/code-review/input'

/** Families of languages with what reviews of them miss most often. */
const families = {
  kotlin:
    'Kotlin: `!!` and platform types, coroutines without a scope or with the wrong dispatcher, swallowed CancellationException. Compose: state that is not remembered, side effects in composition, unstable keys.',
  script:
    'JavaScript and TypeScript: promises that nobody awaits, `==`, `any` and unchecked casts, mutation of shared state, HTML from untrusted text.',
  python:
    'Python: mutable default arguments, bare `except`, files and locks without `with`, late binding in closures, blocking calls in async functions.',
  go: 'Go: errors that are dropped, goroutines that never end, `defer` in loops, data races, nil maps.',
  sql: 'SQL: statements built by concatenation, updates without a condition, `not in` with nulls, missing indexes for conditions, locks of whole tables.',
} as const
type Family = keyof typeof families

const names: Record<string, Family> = {
  ...{ kt: 'kotlin', kts: 'kotlin', kotlin: 'kotlin', compose: 'kotlin' },
  ...{ js: 'script', jsx: 'script', ts: 'script', tsx: 'script', mjs: 'script', cjs: 'script', mts: 'script' },
  ...{ cts: 'script', javascript: 'script', typescript: 'script', vue: 'script', svelte: 'script' },
  ...{ py: 'python', pyi: 'python', python: 'python', go: 'go', golang: 'go', sql: 'sql', pgsql: 'sql' },
}

const familyOf = ({ path, language }: ReviewFile): Family | undefined => {
  const name = (language ?? /\.([^./]+)$/.exec(path)?.[1] ?? '').toLowerCase()
  return Object.hasOwn(names, name) ? names[name] : undefined
}

/** The hints for the languages of the files, a line for each family. Nothing that a person wrote stands in them. */
export const hintsFor = (files: readonly ReviewFile[]): string =>
  [...new Set(files.map(familyOf).filter((family) => family !== undefined))]
    .map((family) => `- ${families[family]}`)
    .join('\n')
