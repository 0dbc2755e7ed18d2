/** What the API takes: shared/src/kinds/flashcards/flashcards.ts. A test keeps the two the same. */
export const textBounds = { min: 1000, max: 10_000 }
export const cardBounds = { min: 1, max: 30, default: 10 }
