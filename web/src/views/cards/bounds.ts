/** What the API takes: shared/src/card.ts, and api/src/cards/file-contract.ts. A test keeps them the same. */
export const cardBounds = { front: 200, back: 500, tags: 20, tag: 50 }
/** The longest search, in code points. */
export const searchBound = 200
/** The largest file of an import, in bytes. */
export const importBytes = 64 * 1024 * 1024
