import type { ChatRequest } from '../../llm/request.ts'
import type { GateInput, GateResult } from './card.ts'
import { gate } from './gate.ts'
import { type Parsed, parse } from './parse.ts'
import { type RequestInput, request } from './prompt.ts'

/** A prompt and the gate that its cards must pass: one thing, so that they cannot contradict each other. */
export type PromptVersion = {
  id: string
  request(input: RequestInput): ChatRequest
  parse(content: string, finish: 'stop' | 'length'): Parsed
  gate(input: GateInput): GateResult
}

const known: Record<string, PromptVersion> = {
  'flashcards@1': { id: 'flashcards@1', request, parse, gate },
}

/** By `prompt_version`; undefined for any other string, `constructor` too: a direct insert may hold anything. */
export const promptVersions: Readonly<Record<string, PromptVersion>> = Object.assign(Object.create(null), known)
