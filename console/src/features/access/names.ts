/** Names of accounts in what a person typed: with spaces, commas (also Chinese ones) or lines between them; each once. */
export function namesIn(text: string): string[] {
  return [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s,;，、；]+/)
        .filter((name) => name !== ''),
    ),
  ]
}
