/** What the API takes: shared/src/card.ts. A test keeps them the same. */
export const cardBounds = { front: 200, back: 500, tags: 20, tag: 50 }
