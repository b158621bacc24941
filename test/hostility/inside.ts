/** The inside that no client may ever read: places in our code, statements, names of our errors, of the runtime and the database. */
const fromInside = [
  /\bat (?:async )?[\w.#<>]+ \(/,
  /\bat Object\b/,
  /node_modules/,
  /\b[\w/.-]+\.(?:ts|js|mjs):\d+/,
  /\/(?:work|home|root|usr|tmp|var)\//,
  /\b(?:Type|Syntax|Range|Reference|Postgres|Drizzle\w*)Error\b/,
  /\bJSON Parse error\b/,
  /\bfunction ?\w*\(/,
  /\b(?:select|insert into|update|delete from) [\w"., ]+(?: from | set | values |\()/i,
  /\brealtime_(?:channels|publications|outbox)\b/,
  /(?:relation|column|syntax error at or near) "/,
  /\bECONN\w+/,
  /\[object \w+\]/,
];

/** The first piece of our inside that stands in the text, with what is around it. */
export function insideIn(text: string): string | undefined {
  for (const pattern of fromInside) {
    const at = text.search(pattern);
    if (at >= 0) return text.slice(Math.max(0, at - 80), at + 160);
  }
  return undefined;
}
