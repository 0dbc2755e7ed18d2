/** The worked example in the prompt. It passes the gate without a flag: a test holds it there. */
export const example = {
  file: {
    path: 'src/orders.py',
    content:
      'def find(db, name):\n    rows = db.execute("select * from orders where name = \'" + name + "\'")\n    return rows[0]',
    language: 'Python',
  },
  answer: {
    summary: 'One statement can be changed by whoever chooses the name.',
    findings: [
      {
        path: 'src/orders.py',
        line: 2,
        quote: '    rows = db.execute("select * from orders where name = \'" + name + "\'")',
        category: 'security',
        level: 'error',
        title: 'SQL built from a name',
        message: 'A `name` with a quotation mark changes the statement. Pass it as a parameter.',
        replacement: '    rows = db.execute("select * from orders where name = %s", (name,))',
      },
    ],
  },
}
