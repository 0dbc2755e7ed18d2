import type { Template } from './template.ts'

export const free: Template = {
  version: 1,
  task: 'Produce the text that the input wishes for, and only that text.',
  input: 'wish',
  language: 'wished',
  temperature: 0.7,
  markup: true,
}
