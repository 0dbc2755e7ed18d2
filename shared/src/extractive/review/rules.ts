/** What makes a line a finding. `ends`: of the names of the files; without it, of all. */
export type Rule = {
  ends?: readonly string[]
  pattern: RegExp
  category: string
  level: string
  title: string
  message: string
  replace?: (line: string) => string
}

const script = ['js', 'jsx', 'ts', 'tsx', 'mjs', 'cjs', 'mts', 'cts']
const equals = /(?<![=!<>])==(?!=)/

export const rules: readonly Rule[] = [
  {
    ends: script,
    pattern: equals,
    category: 'bug',
    level: 'warning',
    title: 'Comparison that converts types',
    message: 'The operator `==` converts its operands before it compares them. Compare with three signs.',
    replace: (line) => line.replace(equals, '==='),
  },
  {
    pattern: /\bcatch\b[^{}]*\{\s*\}/,
    category: 'error_handling',
    level: 'warning',
    title: 'Error that is caught and lost',
    message: 'The block behind `catch` is empty, so nobody learns that something failed.',
  },
  {
    ends: ['py', 'pyi'],
    pattern: /^\s*except\s*:/,
    category: 'error_handling',
    level: 'warning',
    title: 'Every exception is caught',
    message: 'A bare `except` also catches the end of the program. Name the exceptions that are expected.',
  },
  {
    pattern: /["'`]\s*(?:select|insert|update|delete)\b[^"'`]*["'`]\s*(?:\+|%|\.format\b)/i,
    category: 'security',
    level: 'error',
    title: 'SQL built by concatenation',
    message: 'A value that is joined into a statement can change what it does. Pass it as a parameter.',
  },
  {
    ends: ['kt', 'kts'],
    pattern: /\w!!/,
    category: 'bug',
    level: 'warning',
    title: 'Null is not expected',
    message: 'The operator `!!` throws where the value is null. Handle the case that it is absent.',
  },
  {
    ends: ['go'],
    pattern: /,\s*_\s*:?=\s*\w+/,
    category: 'error_handling',
    level: 'warning',
    title: 'Error that is dropped',
    message: 'The second result is dropped. When it is an error, what follows works with a wrong value.',
  },
  {
    ends: ['sql'],
    pattern: /^\s*(?:update\s+\S+\s+set\b(?!.*\bwhere\b).*;|delete\s+from\s+\S+\s*;)/i,
    category: 'bug',
    level: 'error',
    title: 'Statement without a condition',
    message: 'The statement changes every row of the table.',
  },
  {
    pattern: /\b(?:TODO|FIXME)\b/,
    category: 'maintainability',
    level: 'note',
    title: 'Work that is left to do',
    message: 'The comment says that something is not finished here.',
  },
]
