/** The key of a button, for who sees it. A screen reader is told by `aria-keyshortcuts`. */
export const Key = ({ name }: { name: string | number }) => (
  <span className="key" aria-hidden="true">
    {name}
  </span>
)
