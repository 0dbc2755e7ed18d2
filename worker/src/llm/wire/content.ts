import { measureReasoning, type Reasoning } from './reasoning.ts'

/** What a message's `content` holds: the text of the answer, a refusal, and thinking in blocks of its own. */
export type Content = { text: string; refusal: string; reasoning: Reasoning }

const ofText = (text: string): Content => ({ text, refusal: '', reasoning: { bytes: 0, found: false } })

const stringIn = (block: object, field: 'text' | 'refusal' | 'type'): string => {
  const value: unknown = Reflect.get(block, field)
  return typeof value === 'string' ? value : ''
}

const readBlock = (block: unknown): Content => {
  if (typeof block === 'string') return ofText(block)
  if (block === null || typeof block !== 'object') return ofText('')
  if (/think|thought|reason/i.test(stringIn(block, 'type').slice(0, 100)))
    return { ...ofText(''), reasoning: measureReasoning(block) }
  return { ...ofText(stringIn(block, 'text')), refusal: stringIn(block, 'refusal') }
}

/** Reads `content`: a string, or one block or a list of blocks, as Mistral and Anthropic send them. */
export const readContent = (content: unknown): Content => {
  if (!Array.isArray(content)) return readBlock(content)
  const blocks = content.map(readBlock)
  return {
    text: blocks.map(({ text }) => text).join(''),
    refusal: blocks.map(({ refusal }) => refusal).join(''),
    reasoning: {
      bytes: blocks.reduce((sum, { reasoning }) => sum + reasoning.bytes, 0),
      found: blocks.some(({ reasoning }) => reasoning.found),
    },
  }
}
