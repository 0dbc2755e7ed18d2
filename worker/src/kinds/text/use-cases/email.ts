import type { Template } from './template.ts'

export const email: Template = {
  version: 1,
  task: 'Draft the e-mail that the input wishes for. Its first line is "Subject:" with the subject, then an empty line, salutation, body and closing. Names, dates and amounts come from the input or the context; put ____ where one is missing.',
  input: 'wish',
  language: 'wished',
  temperature: 0.7,
  markup: false,
}
