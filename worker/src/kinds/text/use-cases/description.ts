import type { Template } from './template.ts'

export const description: Template = {
  version: 1,
  task: 'Describe the thing that the input is about, be it a product, a place or an event, to readers who have never heard of it. Properties and figures come from the input or the context only. No heading.',
  input: 'material',
  language: 'input',
  temperature: 0.7,
  markup: false,
}
