import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '@recto/local/home'

/** A command of a guide, and the lines that stand after it as what it prints. */
export type Step = { command: string; prints: string[] }

/** Whether the lines are the whole of a command: no line goes on in the next one, and each here-document has its end. */
const complete = (lines: string[]): boolean => {
  if (lines.at(-1)?.endsWith('\\')) return false
  const end = /<<'?(\w+)'?/.exec(lines[0] ?? '')?.[1]
  return end === undefined || lines.slice(1).includes(end)
}

const readBlock = (block: string): Step[] => {
  const steps: Step[] = []
  let lines: string[] = []
  for (const line of block.split('\n')) {
    const last = steps.at(-1)
    if (lines.length === 0 && line.startsWith('# ') && last) {
      last.prints.push(line.slice(2))
      continue
    }
    lines.push(line)
    if (!complete(lines)) continue
    steps.push({ command: lines.join('\n'), prints: [] })
    lines = []
  }
  if (lines.length > 0) throw new Error(`a command of the guide has no end: ${lines.join('\n')}`)
  return steps
}

/** The commands of a guide in docs/ by section: the headings of the second and third level, `With systemd > 1. …`. */
export const readGuide = (name: string): Map<string, Step[]> => {
  const text = readFileSync(join(projectRoot, 'docs', name), 'utf8')
  const sections = new Map<string, Step[]>()
  let [part, section] = ['', '']
  for (const [, level, heading, block] of text.matchAll(/^(##+) (.+)$|^```sh\n([\s\S]*?)\n```$/gm)) {
    if (level === '##') part = heading ?? ''
    if (level !== undefined) section = level === '##' ? part : `${part} > ${heading}`
    else sections.set(section, [...(sections.get(section) ?? []), ...readBlock(block ?? '')])
  }
  return sections
}

/** The parts of a command that its reader fills in: `<project>`. A redirection has a space or a slash behind its sign. */
export const placeholdersOf = (text: string): string[] => text.match(/<[a-z][^<>\n]*>/g) ?? []

/** Fills in a command. @throws Error that names a placeholder without a value */
export const fillIn = (command: string, values: Record<string, string>): string =>
  placeholdersOf(command).reduce((filled, placeholder) => {
    const value = values[placeholder]
    if (value === undefined) throw new Error(`the guide has ${placeholder}, and nothing says what to fill in`)
    return filled.replaceAll(placeholder, value)
  }, command)

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What a command is expected to print, by its lines in the guide. `…` stands for anything. */
export const expectedOutput = (prints: string[]): RegExp =>
  new RegExp(`^${prints.map((line) => line.split('…').map(literally).join('.*')).join('\n')}$`)
