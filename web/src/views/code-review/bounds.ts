/** What the API takes: shared/src/kinds/code-review/input.ts. A test keeps the two the same. */
export const codeBounds = { files: 20, code: 60_000, path: 300, instructions: 2000 }
