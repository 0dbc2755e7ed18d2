import type { Template } from './template.ts'

export const summary: Template = {
  version: 1,
  task: 'Summarise the input: its main statement first, then what supports it. Say only what stands there, with names and numbers as they stand there. No heading, no comment of your own.',
  input: 'material',
  language: 'input',
  temperature: 0,
  markup: false,
}
