import type { Template } from './template.ts'

export const rewrite: Template = {
  version: 1,
  task: 'Rewrite the input so that it reads well: same meaning, same facts, same order, nothing added or left out. Mend spelling and grammar. Keep its paragraphs.',
  input: 'material',
  language: 'input',
  temperature: 0,
  markup: false,
}
