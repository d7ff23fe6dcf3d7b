/**
 * Text that came from elsewhere, safe to put on one line of a terminal: line breaks and tabs become
 * spaces, other control characters a question mark, so that no name can move the cursor.
 */
export function toPrintable(text: string): string {
  return text.replace(/[\t\n\r]+/g, " ").replace(/\p{Cc}/gu, "?");
}
