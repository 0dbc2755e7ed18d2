import { findSuggestions } from '../suggestions/store.ts'
import { defineResultForm } from './form.ts'

export const flashcardsResult = defineResultForm({
  kind: 'flashcards',
  read: async (readAs, caller, generationId) => {
    const found = await findSuggestions(readAs, caller, generationId)
    return found && { suggestions: found.data }
  },
  formats: {},
})
