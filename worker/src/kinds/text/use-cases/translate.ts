import { defaultTargetLanguage } from '@recto/shared/kinds/text/text'
import type { Template } from './template.ts'

export const translate: Template = {
  version: 1,
  task: 'Translate the whole input. Keep names, numbers, addresses and paragraphs. Leave no sentence out and explain nothing. The context may say what its words mean and is not translated.',
  input: 'material',
  language: { tag: defaultTargetLanguage },
  temperature: 0,
  markup: false,
}
