import type { ImportedCard, ImportIssue } from '../imported-card.ts'
import type { readCards } from '../read-cards.ts'

/** All that an import read. */
export const importedFrom = async (parts: ReturnType<typeof readCards>) => {
  const all: { cards: ImportedCard[]; issues: ImportIssue[] } = { cards: [], issues: [] }
  for await (const { cards, issues } of parts) {
    all.cards.push(...cards)
    all.issues.push(...issues)
  }
  return all
}
