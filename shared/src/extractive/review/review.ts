import { type Rule, rules } from './rules.ts'

type Finding = {
  path: string
  line: number
  quote: string
  category: string
  level: string
  title: string
  message: string
  replacement: string | null
}

const heading = /^File ("(?:[^"\\]|\\.)*")(?: \(([^()]{1,40})\))?:$/
const numbered = /^(\d{1,6})\| (.*)$/
const mostFindings = 20

const endOf = (path: string): string => /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''

const applies = ({ ends, pattern }: Rule, end: string, line: string): boolean =>
  (ends === undefined || ends.includes(end)) && pattern.test(line)

/**
 * Reviews the numbered files of a request by simple rules, line by line. It understands nothing, and says so. Where no
 * rule applies it finds nothing. `who` reviews.
 */
export const reviewCode = (material: string, who: string): { summary: string; findings: Finding[] } => {
  const findings: Finding[] = []
  let path: string | null = null
  for (const text of material.split('\n')) {
    const name = heading.exec(text)?.[1]
    const [, number, line = ''] = numbered.exec(text) ?? []
    if (name !== undefined) path = String(JSON.parse(name))
    // A part, a diff or wishes follow the files.
    else if (number === undefined && text !== '') path = null
    if (path === null || number === undefined) continue
    const end = endOf(path)
    for (const rule of rules) {
      if (findings.length === mostFindings || !applies(rule, end, line)) continue
      const { pattern: _, ends: __, replace, ...said } = rule
      findings.push({ path, line: Number(number), quote: line, ...said, replacement: replace?.(line) ?? null })
    }
  }
  const count = findings.length === 1 ? 'One line matches' : `${findings.length} lines match`
  return { summary: `${count} simple rules of ${who}, which is no language model.`, findings }
}
